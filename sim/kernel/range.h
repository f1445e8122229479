#pragma once

#include <cstdint>

#include "sim/kernel/seeded_random.h"

namespace tutti::sim {

// A number that each seed draws anew from [low, high]; equal ends make it fixed.
struct Range {
  double low = 0, high = 0;
};

inline double draw(const Range& range, SeededRandom& random) { return random.between(range.low, range.high); }
// A size: each order of magnitude is as likely where the low end is 1 or more.
inline uint64_t draw_size(const Range& range, SeededRandom& random) {
  return static_cast<uint64_t>(range.low >= 1 ? random.log_between(range.low, range.high)
                                              : draw(range, random));
}

}  // namespace tutti::sim
