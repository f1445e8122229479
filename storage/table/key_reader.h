#pragma once

#include <memory>

#include "storage/store/store.h"

namespace tutti {

// Reads keys from disk: the tier of the reads, and one key cursor for all keys, made when first needed.
struct KeyReader {
  Tier tier = Tier::kAny;
  std::unique_ptr<RowCursor> cursor = {};

  RowCursor& on(const RowsSnapshot& rows) {
    if (!cursor) cursor = rows.key_cursor(tier);
    return *cursor;
  }
};

}  // namespace tutti
