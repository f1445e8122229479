#include "storage/crypto/aead.h"

#include <sodium.h>

#include <bit>
#include <cstring>

namespace tutti {

static_assert(crypto_aead_chacha20poly1305_ietf_KEYBYTES == sizeof(Key32));
static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == kAeadTagBytes);
static_assert(crypto_aead_chacha20poly1305_ietf_NPUBBYTES == 12);
static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == sizeof(LongNonce));
static_assert(crypto_aead_xchacha20poly1305_ietf_ABYTES == kAeadTagBytes);
static_assert(std::endian::native == std::endian::little);

namespace {

unsigned char* raw(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

struct Nonce {
  explicit Nonce(uint64_t counter) { std::memcpy(bytes + 4, &counter, 8); }
  unsigned char bytes[12] = {};
};

}  // namespace

void aead_seal(const Key32& key, uint64_t counter, std::string_view associated, std::string_view text,
               char* out) {
  crypto_aead_chacha20poly1305_ietf_encrypt(raw(out), nullptr, raw(text), text.size(), raw(associated),
                                            associated.size(), nullptr, Nonce(counter).bytes, key.data());
}

bool aead_open(const Key32& key, uint64_t counter, std::string_view associated, std::string_view sealed,
               char* out) {
  if (sealed.size() < kAeadTagBytes) return false;
  return crypto_aead_chacha20poly1305_ietf_decrypt(raw(out), nullptr, nullptr, raw(sealed), sealed.size(),
                                                   raw(associated), associated.size(), Nonce(counter).bytes,
                                                   key.data()) == 0;
}

void long_nonce_seal(const Key32& key, const LongNonce& nonce, std::string_view associated,
                     std::string_view text, char* out) {
  crypto_aead_xchacha20poly1305_ietf_encrypt(raw(out), nullptr, raw(text), text.size(), raw(associated),
                                             associated.size(), nullptr, nonce.data(), key.data());
}

bool long_nonce_open(const Key32& key, const LongNonce& nonce, std::string_view associated,
                     std::string_view sealed, char* out) {
  if (sealed.size() < kAeadTagBytes) return false;
  return crypto_aead_xchacha20poly1305_ietf_decrypt(raw(out), nullptr, nullptr, raw(sealed), sealed.size(),
                                                    raw(associated), associated.size(), nonce.data(),
                                                    key.data()) == 0;
}

}  // namespace tutti
