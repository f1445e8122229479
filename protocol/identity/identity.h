#pragma once

#include <span>
#include <string>

#include "protocol/node_id.h"
#include "storage/base/ids.h"
#include "storage/base/result.h"
#include "storage/crypto/key.h"

namespace tutti {

// A node's two static key pairs: X25519 for handshakes, Ed25519 for signatures. Made
// once, kept in one secret file, never sent.
struct NodeKeys {
  Key32 x25519_secret{};
  Key32 x25519_public{};
  Key32 ed25519_seed{};
  Key32 ed25519_public{};

  // From 64 bytes of the operating system's randomness: the X25519 secret, then the Ed25519 seed.
  static NodeKeys from_random(std::span<const uint8_t, 64> bytes);
  // The public halves of the two secrets.
  void derive_public();

  NodeId id() const;
  Signature sign(ByteView message) const;
};

NodeId node_id_of(const Key32& x25519_public, const Key32& ed25519_public);

// The bytes of the secret file: "tutti-keys-1\n", the two secrets, 4 bytes of checksum.
std::string encode_node_keys(const NodeKeys& keys);
Result<NodeKeys> decode_node_keys(ByteView bytes);

}  // namespace tutti
