#pragma once

#include <memory>

#include "storage/store/store.h"

namespace tutti {

// How keys are read from disk: how far a read may go, and a key cursor, made at the first need and used for one
// key after the other.
struct KeyReader {
  Tier tier = Tier::kAny;
  std::unique_ptr<RowCursor> cursor = {};

  RowCursor& on(const RowsSnapshot& rows) {
    if (!cursor) cursor = rows.key_cursor(tier);
    return *cursor;
  }
};

}  // namespace tutti
