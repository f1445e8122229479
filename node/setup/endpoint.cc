#include "node/setup/endpoint.h"

#include <fmt/format.h>
#include <netdb.h>
#include <uv.h>

#include <algorithm>
#include <cstring>

#include "node/io/resolver.h"
#include "node/io/socket_address.h"
#include "protocol/endpoint.h"

namespace tutti {

namespace {

bool is_link_local(const Address& address) { return address.ip[0] == 0xFE && (address.ip[1] & 0xC0) == 0x80; }

}  // namespace

Result<Address> resolve_endpoint(const std::string& text) {
  const auto endpoint = parse_endpoint(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  if (endpoint->address) return *endpoint->address;
  const std::string& host = endpoint->host;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = getaddrinfo(host.c_str(), nullptr, &hints, &found); failed != 0) {
    return cannot_resolve(text, gai_strerror(failed));
  }
  Address address = address_of(found->ai_addr);
  freeaddrinfo(found);
  address.port = endpoint->port;
  return address;
}

bool is_loopback(const Address& address) {
  if (address.is_v4()) return address.ip[12] == 127;
  return std::all_of(address.ip.begin(), address.ip.end() - 1, [](uint8_t b) { return b == 0; }) &&
         address.ip[15] == 1;
}

bool is_wildcard(const Address& address) {
  return std::all_of(address.ip.begin() + (address.is_v4() ? 12 : 0), address.ip.end(),
                     [](uint8_t b) { return b == 0; });
}

Address address_for_others(const Address& listen) {
  if (!is_wildcard(listen)) return listen;
  Address best = *parse_address("127.0.0.1:0");
  uv_interface_address_t* interfaces = nullptr;
  int count = 0;
  if (uv_interface_addresses(&interfaces, &count) == 0) {
    for (int i = 0; i < count; ++i) {
      if (interfaces[i].is_internal) continue;
      const Address candidate = address_of(reinterpret_cast<const sockaddr*>(&interfaces[i].address));
      if (is_link_local(candidate) || (listen.is_v4() && !candidate.is_v4())) continue;
      best = candidate;
      break;
    }
    uv_free_interface_addresses(interfaces, count);
  }
  best.port = listen.port;
  return best;
}

std::unexpected<Failure> cannot_listen(std::string_view whom, std::string_view setting, const Error& why) {
  return failure(ExitCode::kUnreachable,
                 fmt::format("Cannot listen for {} on {}. Is another program using that port? Choose another "
                             "with `{}` in tutti.toml (--{} at init or join).",
                             whom, why.message, setting, setting));
}

}  // namespace tutti
