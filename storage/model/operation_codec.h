#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/base/result.h"
#include "storage/model/operation.h"

namespace tutti {

// What both ends of one stream remember: each actor's past as last carried on it. An encoder and a decoder that
// begin empty and see the same batches in the same order hold the same. A log record and a datagram begin anew.
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

// The batch, whole and found without fault, or kMalformed; the table is then of no more use: end the stream.
Result<std::vector<Operation>> decode_operations(ByteView bytes, PastTable& table);

}  // namespace tutti
