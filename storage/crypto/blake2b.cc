#include "storage/crypto/blake2b.h"

#include <sodium.h>

#include "storage/base/check.h"

namespace tutti {

namespace {

constexpr size_t kBlockBytes = 128;

Hash512 hash_behind(std::string_view first, std::initializer_list<std::string_view> parts) {
  crypto_generichash_blake2b_state state;
  Hash512 out;
  check(crypto_generichash_blake2b_init(&state, nullptr, 0, out.size()) == 0, "BLAKE2b-512");
  crypto_generichash_blake2b_update(&state, raw(first), first.size());
  for (const std::string_view part : parts) crypto_generichash_blake2b_update(&state, raw(part), part.size());
  crypto_generichash_blake2b_final(&state, out.data(), out.size());
  secure_zero(&state, sizeof state);
  return out;
}

}  // namespace

Hash512 blake2b_512(std::initializer_list<std::string_view> parts) { return hash_behind({}, parts); }

Hash512 hmac_blake2b_512(std::string_view key, std::initializer_list<std::string_view> parts) {
  check(key.size() <= kBlockBytes, "an HMAC key fits one block");
  std::array<uint8_t, kBlockBytes> inner;
  std::array<uint8_t, kBlockBytes> outer;
  for (size_t i = 0; i < kBlockBytes; ++i) {
    const uint8_t byte = i < key.size() ? static_cast<uint8_t>(key[i]) : uint8_t{0};
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5C;
  }
  const Hash512 digest = hash_behind(view_of(inner), parts);
  const Hash512 out = hash_behind(view_of(outer), {view_of(digest)});
  secure_zero(inner.data(), inner.size());
  secure_zero(outer.data(), outer.size());
  return out;
}

Mac128 blake2b_mac128(std::string_view key, std::string_view bytes) {
  Mac128 out;
  check(
      crypto_generichash_blake2b(out.data(), out.size(), raw(bytes), bytes.size(), raw(key), key.size()) == 0,
      "BLAKE2b takes a key of at most 64 bytes");
  return out;
}

}  // namespace tutti
