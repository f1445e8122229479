#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "storage/crypto/key.h"

namespace tutti {

// BLAKE2b (RFC 7693) in the lengths that Noise and the macs of the wire need; hash.h has the 32-byte one. Any thread.
using Hash512 = std::array<uint8_t, 64>;
using Mac128 = std::array<uint8_t, 16>;

// Over the parts one behind the other.
Hash512 blake2b_512(std::initializer_list<std::string_view> parts);

// HMAC (RFC 2104) over it: block 128 bytes, hash 64. REQUIRES key.size() <= 128.
Hash512 hmac_blake2b_512(std::string_view key, std::initializer_list<std::string_view> parts);

// BLAKE2b's own keyed mode with 16 bytes of output.
Mac128 blake2b_mac128(std::string_view key, std::string_view bytes);

}  // namespace tutti
