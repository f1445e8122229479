#include "storage/crypto/hash.h"

#include <sodium.h>

#include <cstring>

#include "storage/base/check.h"
#include "storage/crypto/key.h"

namespace tutti {

Hash128 siphash128(const HashKey& key, std::string_view bytes) {
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == sizeof(HashKey));
  static_assert(crypto_shorthash_siphashx24_BYTES == sizeof(Hash128));
  unsigned char out[crypto_shorthash_siphashx24_BYTES];
  crypto_shorthash_siphashx24(out, raw(bytes), bytes.size(), key.data());
  Hash128 hash;
  std::memcpy(&hash.low, out, 8);
  std::memcpy(&hash.high, out + 8, 8);
  return hash;
}

std::array<uint8_t, 32> blake2b_256(std::string_view bytes, std::string_view key) {
  std::array<uint8_t, 32> out;
  const int rc =
      crypto_generichash_blake2b(out.data(), out.size(), raw(bytes), bytes.size(), raw(key), key.size());
  check(rc == 0, "BLAKE2b takes a key of at most 64 bytes");
  return out;
}

}  // namespace tutti
