#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

#include "storage/base/ids.h"

namespace tutti {

// A node's identity: BLAKE2b-256 over its X25519 and Ed25519 public keys, in this order. Its name and address are only
// attributes.
struct NodeId {
  std::array<uint8_t, 32> bytes{};

  // Not defaulted, for speed: every message looks up maps by id, and different ids differ in their first bytes.
  bool operator==(const NodeId& o) const { return beginning() == o.beginning() && bytes == o.bytes; }
  std::strong_ordering operator<=>(const NodeId& o) const {
    const uint64_t mine = beginning(), theirs = o.beginning();
    return mine != theirs ? mine <=> theirs : bytes <=> o.bytes;
  }
  // The first 8 bytes, ordered as they are.
  uint64_t beginning() const {
    uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof word);
    return std::endian::native == std::endian::little ? std::byteswap(word) : word;
  }
};

// The first 4 bytes in hex: for people, never for comparing.
std::string short_name(const NodeId& id);
std::string to_hex(const NodeId& id);

// One TCP connection; the side of this process that opened or accepted it chose the number. Unique within a process.
using StreamId = Strong<struct StreamTag, uint64_t>;

}  // namespace tutti

template <>
struct std::hash<tutti::NodeId> {
  size_t operator()(const tutti::NodeId& id) const noexcept {
    size_t h;
    std::memcpy(&h, id.bytes.data(), sizeof h);
    return h;
  }
};
