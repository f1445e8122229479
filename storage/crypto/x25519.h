#pragma once

#include "storage/crypto/key.h"

namespace tutti {

// X25519 (RFC 7748). Any 32 bytes are a secret key. Any thread.
Key32 x25519_public_of(const Key32& secret);

// False where the peer's key is of small order, so that the result would not depend on the secret: refuse
// such a peer. `shared` is then unspecified.
[[nodiscard]] bool x25519(const Key32& secret, const Key32& peer_public, Key32& shared);

}  // namespace tutti
