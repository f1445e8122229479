#include "storage/crypto/ed25519.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "storage/base/check.h"

namespace tutti {

static_assert(crypto_sign_ed25519_SEEDBYTES == sizeof(Key32));
static_assert(crypto_sign_ed25519_PUBLICKEYBYTES == sizeof(Key32));
static_assert(crypto_sign_ed25519_BYTES == sizeof(Signature));

Key32 ed25519_public_of(const Key32& seed) {
  Key32 public_key;
  std::array<uint8_t, crypto_sign_ed25519_SECRETKEYBYTES> secret;
  check(crypto_sign_ed25519_seed_keypair(public_key.data(), secret.data(), seed.data()) == 0,
        "Ed25519 key pair");
  secure_zero(secret.data(), secret.size());
  return public_key;
}

Signature ed25519_sign(const Key32& seed, const Key32& public_key, std::string_view message) {
  // libsodium's secret key is the seed with the public key behind it.
  std::array<uint8_t, crypto_sign_ed25519_SECRETKEYBYTES> secret;
  std::copy(public_key.begin(), public_key.end(), std::copy(seed.begin(), seed.end(), secret.begin()));
  Signature out;
  const int rc =
      crypto_sign_ed25519_detached(out.data(), nullptr, raw(message), message.size(), secret.data());
  secure_zero(secret.data(), secret.size());
  check(rc == 0, "Ed25519 signature");
  return out;
}

bool ed25519_verify(const Key32& public_key, std::string_view message, const Signature& signature) {
  return crypto_sign_ed25519_verify_detached(signature.data(), raw(message), message.size(),
                                             public_key.data()) == 0;
}

}  // namespace tutti
