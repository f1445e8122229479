#include "storage/base/integer.h"

#include <charconv>

namespace tutti {

std::optional<int64_t> parse_integer(ByteView text) {
  if (text.empty() || text.size() > 20) return std::nullopt;
  const ByteView digits = text[0] == '-' ? text.substr(1) : text;
  if (digits.empty() || (digits[0] == '0' && text.size() > 1)) return std::nullopt;
  int64_t value;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace tutti
