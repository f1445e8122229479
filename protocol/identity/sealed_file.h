#pragma once

#include <string>

#include "storage/base/ids.h"
#include "storage/base/result.h"

namespace tutti {

// The form of a small file: a line that names kind and version, the bytes, and 4 bytes of BLAKE2b-256 over all of it,
// against accidents.
std::string seal(ByteView magic, ByteView bytes);
// The bytes in it. A file without the line is one of version 0.1, which had neither line nor checksum: all of it is
// returned. kCorrupt: the checksum does not fit.
Result<std::string> unseal(ByteView magic, ByteView file);

}  // namespace tutti
