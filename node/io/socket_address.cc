#include "node/io/socket_address.h"

#include <algorithm>
#include <cstring>

namespace tutti {

sockaddr_storage system_address_v6(const Address& address) {
  sockaddr_storage out{};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  std::memcpy(&v6.sin6_addr, address.ip.data(), 16);
  return out;
}

sockaddr_storage system_address(const Address& address) {
  if (!address.is_v4()) return system_address_v6(address);
  sockaddr_storage out{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(out);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(address.port);
  std::memcpy(&v4.sin_addr, address.ip.data() + 12, 4);
  return out;
}

Address address_of(const sockaddr* address) {
  Address out;
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    std::ranges::copy(Address::kV4Prefix, out.ip.begin());
    std::memcpy(out.ip.data() + 12, &v4->sin_addr, 4);
    out.port = ntohs(v4->sin_port);
  } else if (address->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    std::memcpy(out.ip.data(), &v6->sin6_addr, 16);
    out.port = ntohs(v6->sin6_port);
  }
  return out;
}

}  // namespace tutti
