#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/crypto/key.h"

namespace tutti {

constexpr size_t kAeadTagBytes = 16;

// ChaCha20-Poly1305 (RFC 8439) with the nonce as Noise has it: four zero bytes, then the counter LE64. A pair
// of key and counter may seal one message in its life. Any thread.

// Writes text.size() + kAeadTagBytes to `out`, which may be where the text stands.
void aead_seal(const Key32& key, uint64_t counter, std::string_view associated, std::string_view text,
               char* out);

// Writes sealed.size() - kAeadTagBytes to `out`, which may be where the sealed bytes stand. False, and `out`
// holds nothing of use, where they were not sealed with these.
[[nodiscard]] bool aead_open(const Key32& key, uint64_t counter, std::string_view associated,
                             std::string_view sealed, char* out);

// XChaCha20-Poly1305, whose nonce is long enough to be drawn at random.
using LongNonce = std::array<uint8_t, 24>;
void long_nonce_seal(const Key32& key, const LongNonce& nonce, std::string_view associated,
                     std::string_view text, char* out);
[[nodiscard]] bool long_nonce_open(const Key32& key, const LongNonce& nonce, std::string_view associated,
                                   std::string_view sealed, char* out);

}  // namespace tutti
