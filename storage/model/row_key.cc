#include "storage/model/row_key.h"

#include <algorithm>

#include "storage/base/check.h"

namespace tutti {
namespace {

constexpr ByteView kTerminator("\0\1", 2);

}  // namespace

bool within_bounds(ByteView bytes) {
  const size_t prefix = key_prefix_size(bytes);
  const ByteView key = prefix == 0 ? bytes : bytes.substr(0, prefix - kTerminator.size());
  const auto zeros = static_cast<size_t>(std::ranges::count(key, '\0'));
  if (key.size() - zeros > kKeyBytesMax) return false;
  return prefix == 0 || bytes.size() <= prefix + 1 + kSubkeyBytesMax;
}

void put_escaped(std::string& out, ByteView key) {
  for (size_t zero; (zero = key.find('\0')) != ByteView::npos; key.remove_prefix(zero + 1)) {
    out.append(key.substr(0, zero + 1));
    out.push_back('\xFF');
  }
  out.append(key);
}

void put_key_prefix(std::string& out, ByteView key) {
  put_escaped(out, key);
  out.append(kTerminator);
}

std::string row_key(ByteView key, RowKind kind, ByteView subkey) {
  check(subkey.empty() || facts_of(kind).has_subkeys, "a kind that has subkeys");
  std::string out;
  out.reserve(key.size() + subkey.size() + 3);
  put_key_prefix(out, key);
  out.push_back(static_cast<char>(kind));
  out.append(subkey);
  return out;
}

std::optional<RowKeyParts> split_row_key(ByteView bytes) {
  const size_t prefix = key_prefix_size(bytes);
  if (prefix == 0 || bytes.size() <= prefix) return std::nullopt;
  const auto kind = static_cast<uint8_t>(bytes[prefix]);
  if (!is_row_kind(kind)) return std::nullopt;
  const RowKeyParts parts{bytes.substr(0, prefix), static_cast<RowKind>(kind), bytes.substr(prefix + 1)};
  if (!parts.subkey.empty() && !facts_of(parts.kind).has_subkeys) return std::nullopt;
  return parts;
}

std::optional<std::string> unescape(ByteView bytes) {
  if (bytes.ends_with(kTerminator)) bytes.remove_suffix(2);
  std::string key;
  key.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    key.push_back(bytes[i]);
    if (bytes[i] != '\0') continue;
    ++i;
    if (i == bytes.size() || bytes[i] != '\xFF') return std::nullopt;
  }
  return key;
}

std::string prefix_end(ByteView prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xFF') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

}  // namespace tutti
