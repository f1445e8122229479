#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "protocol/random.h"
#include "storage/base/time.h"

namespace tutti::sim {

// Randomness that a seed determines: xoshiro256** (Blackman & Vigna 2018), seeded by splitmix64. Each purpose
// has a generator of its own, so that a fault more or less shifts nothing else.
class SeededRandom final : public Random {
 public:
  // The generator of `purpose` number `index` in the run of `seed`.
  SeededRandom(uint64_t seed, std::string_view purpose, uint64_t index = 0);

  void fill(std::span<uint8_t> out) override;
  uint64_t next();

  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)
  bool chance(double probability) { return probability > 0 && unit() < probability; }
  double between(double low, double high) { return low + (high - low) * unit(); }
  Duration between(Duration low, Duration high);
  // For sizes: each order of magnitude is as likely. REQUIRES 0 < low <= high.
  double log_between(double low, double high);
  // The gap to the next event of a Poisson process with this mean.
  Duration exponential(Duration mean);
  size_t index(size_t size) { return static_cast<size_t>(below(size)); }  // REQUIRES size > 0

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace tutti::sim
