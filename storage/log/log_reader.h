#pragma once

#include <vector>

#include "storage/log/log_index.h"
#include "storage/model/operation.h"
#include "storage/store/store.h"

namespace tutti {

// What one read of the log brought.
struct LogChunk {
  std::vector<Operation> operations;  // in causal order, without those that the peer covers
  bool more = false;
};

// Reads the operations that `peer` lacks, in the log's order: at least one, up to about `bytes_max`. REQUIRES that
// `peer` covers the floor. Remembers in `index` where the next chunk begins.
Result<LogChunk> read_log_chunk(Store& store, LogIndex& index, const VersionVector& peer, size_t bytes_max);

}  // namespace tutti
