#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tutti {

// Remembers which of a session's last 8192 packet counters were seen (the idea of RFC 6479, but exact to the bit).
// Check with is_fresh(), then mark() only an authentic packet: a forged counter would shut out the real ones.
class ReplayWindow {
 public:
  static constexpr uint64_t kBits = 8192;

  // False: the counter was seen, or is older than the window.
  bool is_fresh(uint64_t counter) const;

  // REQUIRES is_fresh(counter). True: it is greater than all before.
  bool mark(uint64_t counter);

 private:
  static constexpr uint64_t kWordBits = 64;
  uint64_t& word(uint64_t counter) { return words_[counter % kBits / kWordBits]; }
  static uint64_t bit(uint64_t counter) { return uint64_t{1} << (counter % kWordBits); }

  uint64_t next_ = 0;  // greatest counter marked, plus one
  std::array<uint64_t, kBits / kWordBits> words_{};
};

}  // namespace tutti
