#include "protocol/identity/key_file.h"

#include "protocol/identity/sealed_file.h"
#include "storage/base/bytes.h"

namespace tutti {

std::string encode_key_file(ByteView magic, std::initializer_list<const Key32*> keys) {
  std::string bytes;
  for (const Key32* key : keys) bytes += view_of(*key);
  return seal(magic, bytes);
}

bool decode_key_file(ByteView bytes, ByteView magic, std::initializer_list<Key32*> keys) {
  if (!bytes.starts_with(magic)) return false;
  const auto body = unseal(magic, bytes);
  if (!body || body->size() != keys.size() * sizeof(Key32)) return false;
  ByteReader in(*body);
  for (Key32* key : keys) in.array(*key);
  return true;
}

}  // namespace tutti
