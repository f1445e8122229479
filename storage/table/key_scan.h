#pragma once

#include <string>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/result.h"

namespace tutti {

struct Layers;

// Keys by their unescaped names, and where to go on.
struct ScanPage {
  std::vector<std::string> keys;
  std::string next;  // opaque; empty: done
};

// One page of a scan over all live keys: first those the current table touched, then the previous one's, then
// the disk's in order. `generation` counts the freezes: where one came between two pages, the tables are
// walked again. What a key has been shown by is remembered in the cursor as "the entries there were then",
// not as a set. Where a table says that everything beneath a prefix is gone, what lies below it is skipped, dead
// or deleted, once the entries that came to the tables amid the scan were shown.
Result<ScanPage> scan_page(const Layers& layers, uint64_t generation, ByteView from, size_t count,
                           ByteView key_beginning);

}  // namespace tutti
