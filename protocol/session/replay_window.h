#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tutti {

// Remembers which of a session's last 8192 packet counters were seen (the idea of RFC 6479, but exact to the bit).
// Asking and marking are two calls: mark only what is authentic, or a forged counter would shut out the real ones.
class ReplayWindow {
 public:
  static constexpr uint64_t kBits = 8192;

  // Not seen yet, and not so old that we could not tell.
  bool is_fresh(uint64_t counter) const;

  // REQUIRES is_fresh(counter). True where it is greater than every one before.
  bool mark(uint64_t counter);

 private:
  static constexpr uint64_t kWordBits = 64;
  uint64_t& word(uint64_t counter) { return words_[counter % kBits / kWordBits]; }
  static uint64_t bit(uint64_t counter) { return uint64_t{1} << (counter % kWordBits); }

  uint64_t next_ = 0;  // greatest counter marked, plus one
  std::array<uint64_t, kBits / kWordBits> words_{};
};

}  // namespace tutti
