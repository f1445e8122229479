#include "protocol/address.h"

#include <charconv>
#include <optional>
#include <vector>

namespace tutti {

namespace {

// The whole text is one number of at most `max`, without sign or leading zeros where the base is ten.
std::optional<unsigned> number(std::string_view text, int base, unsigned max) {
  if (text.empty() || (base == 10 && text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [at, failed] = std::from_chars(text.data(), end, value, base);
  if (failed != std::errc{} || at != end || value > max) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (size_t from = 0;;) {
    const size_t at = text.find(by, from);
    parts.push_back(text.substr(from, at == text.npos ? text.npos : at - from));
    if (at == text.npos) return parts;
    from = at + 1;
  }
}

bool parse_ipv4(std::string_view text, uint8_t* out) {
  const auto parts = split(text, '.');
  if (parts.size() != 4) return false;
  for (size_t i = 0; i < 4; ++i) {
    const auto byte = number(parts[i], 10, 255);
    if (!byte) return false;
    out[i] = static_cast<uint8_t>(*byte);
  }
  return true;
}

// Groups of hex between colons, the last one perhaps an IPv4 address; appends their bytes.
bool parse_groups(std::string_view text, std::vector<uint8_t>& out) {
  if (text.empty()) return true;
  const auto groups = split(text, ':');
  for (size_t i = 0; i < groups.size(); ++i) {
    uint8_t v4[4];
    if (i + 1 == groups.size() && parse_ipv4(groups[i], v4)) {
      out.insert(out.end(), v4, v4 + 4);
      continue;
    }
    const auto group = number(groups[i], 16, 0xFFFF);
    if (!group || groups[i].size() > 4) return false;
    out.push_back(static_cast<uint8_t>(*group >> 8));
    out.push_back(static_cast<uint8_t>(*group));
  }
  return out.size() <= 16;
}

bool parse_ipv6(std::string_view text, std::array<uint8_t, 16>& out) {
  std::vector<uint8_t> head;
  std::vector<uint8_t> tail;
  const size_t gap = text.find("::");
  if (gap == text.npos) {
    if (!parse_groups(text, head) || head.size() != 16) return false;
  } else {
    if (text.find("::", gap + 1) != text.npos) return false;
    if (!parse_groups(text.substr(0, gap), head) || !parse_groups(text.substr(gap + 2), tail)) return false;
    if (head.size() + tail.size() > 14) return false;
  }
  out.fill(0);
  std::copy(head.begin(), head.end(), out.begin());
  std::copy(tail.begin(), tail.end(), out.end() - static_cast<std::ptrdiff_t>(tail.size()));
  return true;
}

// The longest run of zero groups becomes "::" (RFC 5952).
std::string ipv6_text(const std::array<uint8_t, 16>& ip) {
  unsigned groups[8];
  for (size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(ip[2 * i] << 8 | ip[2 * i + 1]);
  size_t run_at = 8;
  size_t run = 1;
  for (size_t i = 0; i < 8; ++i) {
    size_t n = 0;
    while (i + n < 8 && groups[i + n] == 0) ++n;
    if (n > run) {
      run_at = i;
      run = n;
    }
  }
  std::string out;
  for (size_t i = 0; i < 8; ++i) {
    if (i == run_at) {
      out += "::";
      i += run - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    char digits[4];
    const auto end = std::to_chars(digits, digits + 4, groups[i], 16).ptr;
    out.append(digits, end);
  }
  return out;
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  const auto refuse = [&] {
    return error(ErrorCode::kMalformed, "\"" + std::string(text) +
                                            "\" is not an address: write a numeric IP and a port, as in "
                                            "127.0.0.1:4400 or [::1]:4400.");
  };
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return refuse();
  std::string_view host = text.substr(0, colon);
  const auto port = number(text.substr(colon + 1), 10, 65535);
  if (!port) return refuse();
  Address address;
  address.port = static_cast<uint16_t>(*port);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    if (!parse_ipv6(host.substr(1, host.size() - 2), address.ip)) return refuse();
  } else {
    std::ranges::copy(Address::kV4Prefix, address.ip.begin());
    if (!parse_ipv4(host, address.ip.data() + 12)) return refuse();
  }
  return address;
}

std::string to_string(const Address& address) {
  std::string out;
  if (address.is_v4()) {
    for (size_t i = 12; i < 16; ++i) out += (i > 12 ? "." : "") + std::to_string(address.ip[i]);
  } else {
    out = "[" + ipv6_text(address.ip) + "]";
  }
  return out + ":" + std::to_string(address.port);
}

}  // namespace tutti
