#pragma once

#include <span>
#include <string>
#include <vector>

#include "storage/base/result.h"
#include "storage/model/operation.h"

namespace tutti {

// Appends the bytes of a batch (FORMAT.md, "Operations"). `known`: a clock that the reader knows too; the nearer it is to
// the operations' pasts, the fewer bytes. REQUIRES operations without fault.
void encode_operations(VersionVector known, std::span<const Operation> operations, std::string& out);

// The whole batch, checked (find_fault). `known` as at the encoder: with another, pasts are other ones.
Result<std::vector<Operation>> decode_operations(VersionVector known, ByteView bytes);

}  // namespace tutti
