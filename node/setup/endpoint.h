#pragma once

#include <string>

#include "protocol/address.h"
#include "storage/base/result.h"

namespace tutti {

// "127.0.0.1:4400", "[::1]:4400", "node-a.example:4400". The one place where names become addresses; may
// block for as long as the system's resolver does. The first address it gives is taken.
Result<Address> resolve_endpoint(const std::string& text);

bool is_loopback(const Address& address);
bool is_wildcard(const Address& address);  // 0.0.0.0 or [::]

// What others should dial where a node listens at `listen`: itself, or for a wildcard the first address of
// this machine that is not loopback (loopback, where there is no other).
Address address_for_others(const Address& listen);

}  // namespace tutti
