#pragma once

#include <chrono>
#include <cstdint>

namespace tutti {

// Time is an argument everywhere below node/ and sim/: nothing there reads a clock.
using Duration = std::chrono::nanoseconds;

// Monotonic, from an arbitrary start; never goes back.
struct MonotonicClock {
  using rep = int64_t;
  using period = std::nano;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonotonicClock, Duration>;
  static constexpr bool is_steady = true;
};
using Instant = MonotonicClock::time_point;

// Milliseconds since 1970-01-01 UTC, as this node believes; may jump.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

constexpr uint64_t ms_of(WallTime wall) { return static_cast<uint64_t>(wall.time_since_epoch().count()); }

struct Now {
  Instant mono{};
  WallTime wall{};
  uint64_t wall_ms() const { return ms_of(wall); }
};

}  // namespace tutti
