#pragma once

#include <string>
#include <string_view>

#include "protocol/address.h"
#include "storage/base/outcome.h"
#include "storage/base/result.h"

namespace tutti {

// "127.0.0.1:4400", "[::1]:4400", "node-a.example:4400". For the start: it may block as long as the system's resolver
// does, and takes the resolver's first address. While a node runs, node/io/resolver.h resolves.
Result<Address> resolve_endpoint(const std::string& text);

bool is_loopback(const Address& address);
bool is_wildcard(const Address& address);  // 0.0.0.0 or [::]

// The address that others should dial if a node listens at `listen`: `listen` itself, or for a wildcard this machine's
// first address that is not loopback (loopback if there is no other).
Address address_for_others(const Address& listen);

// A port that cannot be bound, in words. `whom` it is for; `setting` of tutti.toml; `why` names the address.
std::unexpected<Failure> cannot_listen(std::string_view whom, std::string_view setting, const Error& why);

}  // namespace tutti
