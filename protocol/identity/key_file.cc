#include "protocol/identity/key_file.h"

#include "storage/base/bytes.h"
#include "storage/crypto/hash.h"

namespace tutti {

namespace {

constexpr size_t kChecksumBytes = 4;

std::string checksum(ByteView bytes) {
  return std::string(view_of(blake2b_256(bytes)).substr(0, kChecksumBytes));
}

}  // namespace

std::string encode_key_file(ByteView magic, std::initializer_list<const Key32*> keys) {
  std::string out(magic);
  for (const Key32* key : keys) out += view_of(*key);
  return out + checksum(out);
}

bool decode_key_file(ByteView bytes, ByteView magic, std::initializer_list<Key32*> keys) {
  const size_t body = magic.size() + keys.size() * sizeof(Key32);
  if (bytes.size() != body + kChecksumBytes || !bytes.starts_with(magic)) return false;
  if (bytes.substr(body) != checksum(bytes.substr(0, body))) return false;
  ByteReader in(bytes.substr(magic.size()));
  for (Key32* key : keys) in.array(*key);
  return true;
}

}  // namespace tutti
