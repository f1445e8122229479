#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tutti {

// The source of randomness: the operating system in the daemon, the run's seed in the simulator.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<uint8_t> out) = 0;

  uint64_t u64() {
    std::array<uint8_t, 8> raw;
    fill(raw);
    uint64_t v = 0;
    for (size_t i = 0; i < raw.size(); ++i) v |= static_cast<uint64_t>(raw[i]) << (8 * i);
    return v;
  }
  // Uniform in [0, bound); REQUIRES bound > 0. The bias of at most bound / 2^64 is accepted.
  uint64_t below(uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>((static_cast<Wide>(u64()) * bound) >> 64);
  }
};

}  // namespace tutti
