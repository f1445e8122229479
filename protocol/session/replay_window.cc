#include "protocol/session/replay_window.h"

#include <algorithm>
#include <limits>

#include "storage/base/check.h"

namespace tutti {

bool ReplayWindow::is_fresh(uint64_t counter) const {
  if (counter == std::numeric_limits<uint64_t>::max()) return false;  // there is no counter behind it
  if (counter >= next_) return true;
  if (next_ - counter > kBits) return false;
  return (words_[counter % kBits / kWordBits] & bit(counter)) == 0;
}

bool ReplayWindow::mark(uint64_t counter) {
  check(is_fresh(counter), "a packet counter marked twice");
  const bool newest = counter >= next_;
  if (newest) {
    // Each place between the old end and the new one now stands for another counter.
    if (counter - next_ >= kBits) {
      words_.fill(0);
    } else {
      for (uint64_t i = next_; i <= counter; ++i) word(i) &= ~bit(i);
    }
    next_ = counter + 1;
  }
  word(counter) |= bit(counter);
  return newest;
}

}  // namespace tutti
