#pragma once

#include <vector>

#include "storage/log/log_index.h"
#include "storage/model/operation.h"
#include "storage/store/store.h"

namespace tutti {

// What one read of the log brought.
struct LogChunk {
  std::vector<Operation> operations;  // in causal order; none that the peer covers
  bool more = false;
};

// Reads from the log what `peer` lacks, in its order, up to about `bytes_max` and at least one operation.
// REQUIRES a peer that covers the floor. Leaves in `index` where the next chunk begins.
Result<LogChunk> read_log_chunk(Store& store, LogIndex& index, const VersionVector& peer, size_t bytes_max);

}  // namespace tutti
