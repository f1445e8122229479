#include "storage/crypto/text_encoding.h"

#include <sodium.h>

#include <bit>

#include "storage/crypto/key.h"

namespace tutti {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string text(2 * bytes.size() + 1, '\0');  // libsodium ends it with a zero byte
  sodium_bin2hex(text.data(), text.size(), raw(bytes), bytes.size());
  text.pop_back();
  return text;
}

std::string to_hex(uint64_t value) {
  const uint64_t big_endian = std::byteswap(value);
  return to_hex({reinterpret_cast<const char*>(&big_endian), sizeof big_endian});
}

std::string to_hex(const Hash128& hash) { return to_hex(hash.high) + to_hex(hash.low); }

std::optional<std::string> from_hex(std::string_view text) {
  std::string bytes(text.size() / 2, '\0');
  if (sodium_hex2bin(raw(bytes), bytes.size(), text.data(), text.size(), nullptr, nullptr, nullptr) != 0)
    return std::nullopt;
  if (to_hex(bytes) != text) return std::nullopt;  // libsodium takes upper case too
  return bytes;
}

std::string to_base64url(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), raw(bytes), bytes.size(), kVariant);
  text.pop_back();
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 2, '\0');
  size_t size = 0;
  if (sodium_base642bin(raw(bytes), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        kVariant) != 0)
    return std::nullopt;
  bytes.resize(size);
  if (to_base64url(bytes) != text) return std::nullopt;  // libsodium 1.0.18 takes bytes above 127 for '_'
  return bytes;
}

}  // namespace tutti
