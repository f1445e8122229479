#include "protocol/identity/sealed_file.h"

#include <algorithm>

#include "storage/crypto/hash.h"
#include "storage/crypto/key.h"

namespace tutti {

namespace {

constexpr size_t kChecksumBytes = 4;

std::string checksum(ByteView bytes) {
  return std::string(view_of(blake2b_256(bytes)).substr(0, kChecksumBytes));
}

}  // namespace

std::string seal(ByteView magic, ByteView bytes) {
  std::string out(magic);
  out.append(bytes);
  return out + checksum(out);
}

Result<std::string> unseal(ByteView magic, ByteView file) {
  if (!file.starts_with(magic)) return std::string(file);
  const size_t body = file.size() - std::min(file.size(), kChecksumBytes);
  if (body < magic.size() || file.substr(body) != checksum(file.substr(0, body)))
    return error(ErrorCode::kCorrupt, "Its checksum does not fit.");
  return std::string(file.substr(magic.size(), body - magic.size()));
}

}  // namespace tutti
