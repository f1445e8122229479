#pragma once

#include <compare>
#include <cstdint>

#include "storage/base/time.h"

namespace tutti {

// A hybrid logical clock's reading (Kulkarni et al. 2014): 48 bits of wall milliseconds, 16 of count. It only decides
// between concurrent writes; causality never depends on it.
struct Hlc {
  uint64_t value = 0;
  constexpr auto operator<=>(const Hlc&) const = default;
  constexpr uint64_t milliseconds() const { return value >> 16; }
};

// One node's clock. Not thread-safe.
class HybridClock {
 public:
  // A reading further ahead of our wall clock than this never moves our clock (rule 10).
  static constexpr uint64_t kRemoteAheadMaxMs = 5000;

  // The next reading: greater than every reading returned or observed before, except those too far ahead.
  Hlc next(const Now& now) {
    const uint64_t wall = now.wall_ms() << 16;
    last_.value = wall > last_.value ? wall : last_.value + 1;
    return last_;
  }

  // Takes in a remote operation's reading. False: it is too far ahead and was ignored.
  bool observe(const Now& now, Hlc remote) {
    if (remote.milliseconds() > now.wall_ms() + kRemoteAheadMaxMs) return false;
    if (remote > last_) last_ = remote;
    return true;
  }

  Hlc last() const { return last_; }

 private:
  Hlc last_;
};

}  // namespace tutti
