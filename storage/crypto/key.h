#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tutti {

// 32 bytes of key: a secret, a public key, a seed. The variable's name says which one.
using Key32 = std::array<uint8_t, 32>;
using Signature = std::array<uint8_t, 64>;

inline std::string_view view_of(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// As libsodium takes bytes.
inline const uint8_t* raw(std::string_view bytes) { return reinterpret_cast<const uint8_t*>(bytes.data()); }

// Overwrites a secret; the compiler may not leave it out.
void secure_zero(void* bytes, size_t size);

// Takes as long for equal bytes as for different ones; lengths are not secret.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace tutti
