#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "storage/base/check.h"
#include "storage/crypto/text_encoding.h"

namespace tutti::test {

// A test vector's key or hash. REQUIRES the hex of N bytes.
template <size_t N>
std::array<uint8_t, N> array_from_hex(std::string_view hex) {
  const auto bytes = from_hex(hex);
  check(bytes && bytes->size() == N, "a test vector of this size");
  std::array<uint8_t, N> out;
  std::ranges::copy(*bytes, out.begin());
  return out;
}

}  // namespace tutti::test
