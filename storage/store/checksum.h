#pragma once

#include <cstdint>
#include <cstring>

#include "storage/base/ids.h"

namespace tutti {

// The checksum by which the memory disk and the simulator's plain transport detect altered bytes. RocksDB has CRC32C
// for this, the real transport its tag. A single altered bit always changes the 64-bit state; the folded 32 bits
// stay equal by accident once in 2^32. It protects against accidents, not against an attacker.
inline uint32_t checksum(ByteView bytes) {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15ull;
  uint64_t state = bytes.size() * kOdd;
  const auto mix = [&](uint64_t word) {
    state = (state ^ word) * kOdd;
    state ^= state >> 32;
  };
  for (; bytes.size() >= sizeof(uint64_t); bytes.remove_prefix(sizeof(uint64_t))) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof word);
    mix(word);
  }
  uint64_t word = 0;
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  mix(word);
  return static_cast<uint32_t>(state * kOdd >> 32);
}

}  // namespace tutti
