#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tutti {

// Base64 with the URL alphabet and no padding (RFC 4648, section 5). Decoding takes the canonical form alone:
// one text for the same bytes, so that a changed last character is noticed.
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace tutti
