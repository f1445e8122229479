#pragma once

#include <string_view>

#include "storage/crypto/key.h"

namespace tutti {

// Ed25519 (RFC 8032); the secret is the 32-byte seed. Any thread.
Key32 ed25519_public_of(const Key32& seed);

// REQUIRES public_key == ed25519_public_of(seed): it is hashed into the signature,
// and deriving it anew would double the cost.
Signature ed25519_sign(const Key32& seed, const Key32& public_key, std::string_view message);

[[nodiscard]] bool ed25519_verify(const Key32& public_key, std::string_view message,
                                  const Signature& signature);

}  // namespace tutti
