#pragma once

#include <initializer_list>
#include <string>

#include "storage/base/ids.h"
#include "storage/crypto/key.h"

namespace tutti {

// The form of every file of keys: a magic, which names kind and version, then the keys, then 4 bytes of BLAKE2b-256
// over all of it, against accidents.
std::string encode_key_file(ByteView magic, std::initializer_list<const Key32*> keys);
// Reads into `keys`. False: another magic, another length, or a wrong checksum.
[[nodiscard]] bool decode_key_file(ByteView bytes, ByteView magic, std::initializer_list<Key32*> keys);

}  // namespace tutti
