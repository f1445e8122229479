#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/result.h"

namespace tutti {

// An IP address and port. IPv4 stands in its mapped form (::ffff:a.b.c.d).
struct Address {
  std::array<uint8_t, 16> ip{};
  uint16_t port = 0;
  auto operator<=>(const Address&) const = default;

  static constexpr std::array<uint8_t, 12> kV4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  bool is_v4() const { return std::equal(kV4Prefix.begin(), kV4Prefix.end(), ip.begin()); }
};

// "127.0.0.1:4400", "[::1]:4400". Numeric only: names are resolved at the edge (node/).
Result<Address> parse_address(std::string_view text);
std::string to_string(const Address& address);

}  // namespace tutti
