#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/base/result.h"
#include "storage/model/operation.h"

namespace tutti {

// Each actor's past as last sent on one stream; both ends keep one. An encoder and a decoder that begin empty and see
// the same batches in the same order hold the same table. A log record and a datagram each begin with an empty one.
class PastTable {
 public:
  const std::shared_ptr<const VersionVector>* find(ActorId actor) const {
    const auto at = pasts_.find(actor);
    return at == pasts_.end() ? nullptr : &at->second;
  }
  void set(ActorId actor, std::shared_ptr<const VersionVector> past) { pasts_[actor] = std::move(past); }
  void clear() { pasts_.clear(); }

 private:
  std::unordered_map<ActorId, std::shared_ptr<const VersionVector>> pasts_;
};

// Appends the bytes of a batch (FORMAT.md, "Operations"). REQUIRES operations without fault, in causal order.
void encode_operations(std::span<const Operation> operations, PastTable& table, std::string& out);

// The whole batch, checked (find_fault). A past that comes whole shares memory with `like` where they are equal.
// kMalformed: `table` is unusable; end the stream.
Result<std::vector<Operation>> decode_operations(ByteView bytes, PastTable& table,
                                                 const VersionVector& like = {});

// The same for a place where both ends know the clock before the batch (FORMAT.md, "Log records"): pasts are differences
// from it. REQUIRES that each operation may be applied after `clock` and those before it.
void encode_operations_after(VersionVector clock, std::span<const Operation> operations, std::string& out);
Result<std::vector<Operation>> decode_operations_after(VersionVector clock, ByteView bytes);

}  // namespace tutti
