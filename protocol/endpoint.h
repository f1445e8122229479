#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/address.h"

namespace tutti {

// Where a member is to be found, as people write it: a host and a port.
struct Endpoint {
  // The longest name that DNS knows, with brackets, colon and port.
  static constexpr size_t kTextBytesMax = 253 + 2 + 6;

  std::string host;  // a name; empty: `address` is all of it
  uint16_t port = 0;
  std::optional<Address> address;  // where the text is numeric
};

// "127.0.0.1:4400", "[::1]:4400", "node-a.example:4400". Resolves nothing. kMalformed says what to write instead.
Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace tutti
