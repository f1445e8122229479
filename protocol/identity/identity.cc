#include "protocol/identity/identity.h"

#include <algorithm>

#include "protocol/identity/key_file.h"
#include "storage/crypto/ed25519.h"
#include "storage/crypto/hash.h"
#include "storage/crypto/x25519.h"

namespace tutti {

namespace {

constexpr ByteView kMagic = "tutti-keys-1\n";

}  // namespace

NodeKeys NodeKeys::from_random(std::span<const uint8_t, 64> bytes) {
  NodeKeys keys;
  std::copy_n(bytes.begin(), 32, keys.x25519_secret.begin());
  std::copy_n(bytes.begin() + 32, 32, keys.ed25519_seed.begin());
  keys.derive_public();
  return keys;
}

void NodeKeys::derive_public() {
  x25519_public = x25519_public_of(x25519_secret);
  ed25519_public = ed25519_public_of(ed25519_seed);
}

NodeId NodeKeys::id() const { return node_id_of(x25519_public, ed25519_public); }

Signature NodeKeys::sign(ByteView message) const {
  return ed25519_sign(ed25519_seed, ed25519_public, message);
}

NodeId node_id_of(const Key32& x25519_public, const Key32& ed25519_public) {
  std::string both(view_of(x25519_public));
  both += view_of(ed25519_public);
  return NodeId{blake2b_256(both)};
}

std::string encode_node_keys(const NodeKeys& keys) {
  return encode_key_file(kMagic, {&keys.x25519_secret, &keys.ed25519_seed});
}

Result<NodeKeys> decode_node_keys(ByteView bytes) {
  if (!bytes.starts_with(kMagic)) {
    return error(
        ErrorCode::kMalformed,
        "This is not a tutti key file, or one of a newer tutti: it does not begin with \"tutti-keys-1\". "
        "Put the node's own key file back.");
  }
  NodeKeys keys;
  if (!decode_key_file(bytes, kMagic, {&keys.x25519_secret, &keys.ed25519_seed})) {
    return error(
        ErrorCode::kMalformed,
        "The key file is damaged: its checksum does not fit. Restore it from a copy, or let the node join "
        "anew with another directory.");
  }
  keys.derive_public();
  return keys;
}

}  // namespace tutti
