#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/crypto/hash.h"

namespace tutti {

// Bytes as text, and back. Decoding is strict: it only accepts the text that encoding makes, so that a changed last
// character is noticed. Any thread.

// Two lower-case digits a byte, in the order of the bytes.
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

// 16 digits, the most significant first.
std::string to_hex(uint64_t value);
// 32 digits, the high lane first.
std::string to_hex(const Hash128& hash);

// Base64 in the URL-safe alphabet (RFC 4648, section 5), without padding.
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace tutti
