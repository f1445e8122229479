#include "sim/machine/inbox.h"

#include <utility>

namespace tutti::sim {

void Inbox::arrive(size_t datagram_bytes, Work work) {
  if (!paused_ && each_ == Duration(0) && waiting_.empty()) return work();
  if (datagram_bytes > 0 && datagram_bytes_ + datagram_bytes > kSocketBufferBytes) {
    ++lost_;
    return;
  }
  datagram_bytes_ += datagram_bytes;
  waiting_.push_back({datagram_bytes, std::move(work)});
  go_on();
}

void Inbox::go_on() {
  if (serving_ || paused_ || waiting_.empty()) return;
  serving_ = true;
  queue_.after(each_, [this] { serve(); });
}

// One at a time while it is slow, else all at once.
void Inbox::serve() {
  serving_ = false;
  do {
    if (paused_ || waiting_.empty()) return;
    serve_front();
  } while (each_ == Duration(0));
  go_on();
}

void Inbox::serve_front() {
  Item item = std::move(waiting_.front());
  waiting_.pop_front();
  datagram_bytes_ -= item.datagram_bytes;
  item.work();
}

void Inbox::resume() {
  paused_ = false;
  go_on();
}

void Inbox::slow_down(Duration each) {
  each_ = each;
  go_on();
}

void Inbox::clear() {
  waiting_.clear();
  datagram_bytes_ = 0;
  paused_ = false;
}

}  // namespace tutti::sim
