#include "protocol/identity/identity.h"

#include <algorithm>

#include "storage/crypto/ed25519.h"
#include "storage/crypto/hash.h"
#include "storage/crypto/x25519.h"

namespace tutti {

namespace {

constexpr ByteView kMagic = "tutti-keys-1\n";
constexpr size_t kSecretBytes = 64;
constexpr size_t kChecksumBytes = 4;

std::string checksum(ByteView bytes) {
  return std::string(view_of(blake2b_256(bytes)).substr(0, kChecksumBytes));
}

}  // namespace

NodeKeys NodeKeys::from_random(std::span<const uint8_t, 64> bytes) {
  NodeKeys keys;
  std::copy_n(bytes.begin(), 32, keys.x25519_secret.begin());
  std::copy_n(bytes.begin() + 32, 32, keys.ed25519_seed.begin());
  keys.x25519_public = x25519_public_of(keys.x25519_secret);
  keys.ed25519_public = ed25519_public_of(keys.ed25519_seed);
  return keys;
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
  std::string out(kMagic);
  out += view_of(keys.x25519_secret);
  out += view_of(keys.ed25519_seed);
  return out + checksum(out);
}

Result<NodeKeys> decode_node_keys(ByteView bytes) {
  if (!bytes.starts_with(kMagic)) {
    return error(
        ErrorCode::kMalformed,
        "This is not a tutti key file, or one of a newer tutti: it does not begin with \"tutti-keys-1\". "
        "Put the node's own key file back.");
  }
  constexpr size_t kBodyBytes = kMagic.size() + kSecretBytes;
  if (bytes.size() != kBodyBytes + kChecksumBytes ||
      bytes.substr(kBodyBytes) != checksum(bytes.substr(0, kBodyBytes))) {
    return error(
        ErrorCode::kMalformed,
        "The key file is damaged: its checksum does not fit. Restore it from a copy, or let the node join "
        "anew with another directory.");
  }
  std::array<uint8_t, kSecretBytes> secrets;
  std::copy_n(bytes.begin() + kMagic.size(), kSecretBytes, reinterpret_cast<char*>(secrets.data()));
  const NodeKeys keys = NodeKeys::from_random(secrets);
  secure_zero(secrets.data(), secrets.size());
  return keys;
}

}  // namespace tutti
