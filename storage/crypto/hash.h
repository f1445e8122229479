#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace tutti {

// 128 bits as two lanes; addition and subtraction are lane by lane mod 2^64.
struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  constexpr bool operator==(const Hash128&) const = default;
  Hash128& operator+=(const Hash128& o) {
    low += o.low;
    high += o.high;
    return *this;
  }
  Hash128& operator-=(const Hash128& o) {
    low -= o.low;
    high -= o.high;
    return *this;
  }
};

using HashKey = std::array<uint8_t, 16>;

// SipHash-2-4 with 128 bits of output (Aumasson & Bernstein 2012), as libsodium's siphashx24. Any thread.
Hash128 siphash128(const HashKey& key, std::string_view bytes);

// BLAKE2b (RFC 7693) with 32 bytes of output; `key` empty or up to 64 bytes. Any thread.
std::array<uint8_t, 32> blake2b_256(std::string_view bytes, std::string_view key = {});

}  // namespace tutti
