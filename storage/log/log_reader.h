#pragma once

#include "storage/database.h"
#include "storage/log/log_index.h"
#include "storage/store/store.h"

namespace tutti {

// Reads from the log what `peer` lacks, in its order, up to about `bytes_max` and at least one operation.
// REQUIRES a peer that covers the floor. Leaves in `index` where the next chunk begins.
Result<Database::LogChunk> read_log_chunk(Store& store, LogIndex& index, const VersionVector& peer,
                                          size_t bytes_max);

}  // namespace tutti
