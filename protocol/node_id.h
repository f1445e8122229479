#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

#include "storage/ids.h"

namespace tutti {

// BLAKE2b-256 over a node's X25519 and Ed25519 public keys, in this order. Who a node is; its name and
// address are attributes.
struct NodeId {
  std::array<uint8_t, 32> bytes{};
  auto operator<=>(const NodeId&) const = default;
};

// The first 4 bytes in hex: for eyes, never for comparing.
std::string short_name(const NodeId& id);
std::string to_hex(const NodeId& id);

// One TCP connection, named by whoever opened or accepted it; unique within a process.
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
