#pragma once

#include <string>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/result.h"

namespace tutti {

struct Layers;

// One page of unescaped keys, and the cursor of the next page.
struct ScanPage {
  std::vector<std::string> keys;
  std::string next;  // opaque; empty: the scan is done
};

// One page of a scan over all live keys. The scan walks the current table, then the previous table, then the disk in
// order of key. `generation` counts the freezes: after a freeze between two pages the scan walks the tables again.
// The cursor does not keep the set of keys shown, only how many entries the current table had when it was walked.
// Where a table erases everything beneath a prefix, the scan shows the table's own keys there and skips the rows
// below, which are dead.
Result<ScanPage> scan_page(const Layers& layers, uint64_t generation, ByteView from, size_t count,
                           ByteView key_beginning);

}  // namespace tutti
