#pragma once

#include "storage/table/layers.h"

namespace tutti {

// How many rows of this kind (a hash field or a set member) live under a key; of another kind: 0. In time that does
// not grow with the key, but for the first count of a large key that is not in the cache, which walks it.
//
//   rows(level) = rows(level below) + touched rows: live now - lived below
//
// A table counts the first as it is written. The second is found out here, once for each touched row, when
// somebody counts: what lies below a table never changes in content while it is there, a merge only moves it. So
// what is found out stays true (Table::Counted). A table that hides what lies below says all itself; one that has
// erasures for the key is walked.
//
// What lies below an unmerged previous table are the rows on disk as of `disk`. The cache may be ahead of those in
// a key that the previous table touched, as the merge has passed it or not. Its rows are therefore looked up on
// disk alone. Its counts say whether this merge changed them: then they are those of the previous table and
// all below it; else those of the disk, as a merge that changes nothing of a key adds nothing to its counts.
Result<uint64_t> count_rows(const Layers& layers, ByteView prefix, RowKind kind, KeyReader& reader);

}  // namespace tutti
