#pragma once

#include <chrono>
#include <cstdint>

#include "storage/base/time.h"

namespace tutti::sim {

// One node's clocks over virtual time. The monotonic clock begins anywhere, the wall clock is off, and both
// run on one crystal, which may be fast or slow. At a drift of 0 a nanosecond is exactly a nanosecond.
class NodeClock {
 public:
  // True time when a run begins: somewhere in 2027.
  static constexpr int64_t kTrueWallStartMs = 1'800'000'000'000;

  NodeClock(Duration mono_start, std::chrono::milliseconds wall_offset)
      : mono_start_(mono_start), wall_offset_(wall_offset) {}

  Now at(Instant virtual_time) const {
    const Duration passed = elapsed(virtual_time);
    const auto wall = std::chrono::milliseconds(kTrueWallStartMs) + wall_offset_ +
                      std::chrono::duration_cast<std::chrono::milliseconds>(passed);
    return {Instant{} + mono_start_ + passed, WallTime(wall)};
  }
  // The first virtual instant at which the monotonic clock shows `node_time` or more.
  Instant to_virtual(Instant node_time) const {
    const Duration wanted = node_time - (Instant{} + mono_start_) - elapsed_base_;
    if (ppm_ == 0) return base_ + wanted;
    Instant at = base_ + Duration(wanted.count() / (kMillion + ppm_) * kMillion +
                                  wanted.count() % (kMillion + ppm_) * kMillion / (kMillion + ppm_));
    while (elapsed(at) < wanted + elapsed_base_) at += Duration(1);
    while (at > base_ && elapsed(at - Duration(1)) >= wanted + elapsed_base_) at -= Duration(1);
    return at;
  }

  void shift_wall(std::chrono::milliseconds by) { wall_offset_ += by; }
  // From `virtual_time` on; REQUIRES |ppm| < 1'000'000.
  void drift(Instant virtual_time, int64_t ppm) {
    elapsed_base_ = elapsed(virtual_time);
    base_ = virtual_time;
    ppm_ = ppm;
  }

 private:
  static constexpr int64_t kMillion = 1'000'000;

  Duration elapsed(Instant virtual_time) const {
    const int64_t since = (virtual_time - base_).count();
    return elapsed_base_ + Duration(since + since / kMillion * ppm_ + since % kMillion * ppm_ / kMillion);
  }

  Duration mono_start_;
  std::chrono::milliseconds wall_offset_;
  Instant base_{};  // the drift last changed at this virtual time
  Duration elapsed_base_{0};
  int64_t ppm_ = 0;
};

}  // namespace tutti::sim
