#pragma once

#include "storage/table/layers.h"

namespace tutti {

// The number of live rows of this kind (hash fields or set members) under a key; other kinds: 0. The time does not
// grow with the key, except for the first count of a large key that is not in the cache: that count walks the key.
//
//   rows(level) = rows(level below) + touched rows: live now - live below
//
// A table counts "live now" as it is written. "Live below" is looked up here, once for each touched row, when somebody
// counts. The answer stays valid (Table::Counted): while a table exists, the content below it does not change; a
// merge only moves it. If a table hides the rows below, its own count is the answer. If it has erasures for the
// key, the key is walked.
//
// Below an unmerged previous table lie the rows as of `disk`. If the merge has passed a key, the cache already
// includes the previous table's changes of it. So single rows of such a key are looked up on disk, not in the cache.
// The cached counts name the merge that changed them last. If it is this one, they include the previous table; else
// they are the disk's.
Result<uint64_t> count_rows(const Layers& layers, ByteView prefix, RowKind kind, KeyReader& reader);

}  // namespace tutti
