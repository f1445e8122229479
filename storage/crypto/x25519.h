#pragma once

#include "storage/crypto/key.h"

namespace tutti {

// X25519 (RFC 7748). Any 32 bytes are a secret key. Any thread.
Key32 x25519_public_of(const Key32& secret);

// False: the peer's key has small order, so the result does not depend on the secret. `shared` is then unspecified;
// refuse the peer.
[[nodiscard]] bool x25519(const Key32& secret, const Key32& peer_public, Key32& shared);

}  // namespace tutti
