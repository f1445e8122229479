#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "protocol/address.h"

namespace tutti {

// Converts between Address and the system's addresses. IPv4 addresses become AF_INET, others AF_INET6.
sockaddr_storage system_address(const Address& address);

// The same for a socket bound to AF_INET6, which reaches IPv4 through mapped addresses.
sockaddr_storage system_address_v6(const Address& address);

// Families other than AF_INET and AF_INET6 become the zero Address.
Address address_of(const sockaddr* address);

}  // namespace tutti
