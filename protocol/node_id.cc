#include "protocol/node_id.h"

namespace tutti {

namespace {

std::string hex(const uint8_t* bytes, size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * size);
  for (size_t i = 0; i < size; ++i) {
    out.push_back(kDigits[bytes[i] >> 4]);
    out.push_back(kDigits[bytes[i] & 15]);
  }
  return out;
}

}  // namespace

std::string short_name(const NodeId& id) { return hex(id.bytes.data(), 4); }
std::string to_hex(const NodeId& id) { return hex(id.bytes.data(), id.bytes.size()); }

}  // namespace tutti
