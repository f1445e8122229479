#include "storage/crypto/x25519.h"

#include <sodium.h>

#include "storage/base/check.h"

namespace tutti {

static_assert(crypto_scalarmult_curve25519_BYTES == sizeof(Key32));
static_assert(crypto_scalarmult_curve25519_SCALARBYTES == sizeof(Key32));

Key32 x25519_public_of(const Key32& secret) {
  Key32 out;
  check(crypto_scalarmult_curve25519_base(out.data(), secret.data()) == 0, "X25519 of the base point");
  return out;
}

bool x25519(const Key32& secret, const Key32& peer_public, Key32& shared) {
  return crypto_scalarmult_curve25519(shared.data(), secret.data(), peer_public.data()) == 0;
}

}  // namespace tutti
