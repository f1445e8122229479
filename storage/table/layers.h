#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "storage/base/result.h"
#include "storage/model/row_key.h"
#include "storage/store/store.h"
#include "storage/table/key_cache.h"
#include "storage/table/table.h"

namespace tutti {

// The state as it lies: the current table over the previous one over the rows on disk. A row is what the
// uppermost layer that touched it says, less what the layers above that one erased.
struct Layers {
  enum Level : unsigned { kCurrent = 0, kPrevious = 1, kDisk = 2 };

  std::array<std::shared_ptr<Table>, 2> tables;  // never null
  std::shared_ptr<const RowsSnapshot> disk;
  bool previous_merged = true;      // the disk holds all that the previous table says
  std::shared_ptr<KeyCache> cache;  // of the disk; null: none

  Table& current() const { return *tables[kCurrent]; }
  Table& previous() const { return *tables[kPrevious]; }

  // One row as of `level` and what lies below it; empty where absent. A view into a table or into `buffer`.
  // REQUIRES from outside a level other than kDisk: what is cached may be ahead of what lies below the previous
  // table, by what that table says.
  Result<ByteView> row(Level level, ByteView prefix, ByteView suffix, std::string& buffer) const;

  // The register row of a key that is known, without a look at the disk, to have no other row; empty bytes where
  // it is absent. Nothing where that is not known. As row() otherwise.
  std::optional<ByteView> lone_register(ByteView prefix, std::string& buffer) const;

  // An image of this key that was read from `disk` may be put into the cache: no merge is changing it.
  bool may_cache(ByteView prefix) const {
    return previous_merged || (!previous().find(prefix) && !previous().erases(nullptr, prefix));
  }

  // A live row at all? `cursor` is made where it is needed, and may serve many calls.
  Result<bool> key_lives(Level level, ByteView prefix, std::unique_ptr<RowCursor>& cursor) const;
  // Likewise of what lies below `level`, less what its ranges (and not its entries) erase.
  Result<bool> key_lives_below(Level level, ByteView prefix, std::unique_ptr<RowCursor>& cursor) const;
};

// Takes from a row's bytes what `table` erases of untouched rows of the key. `bytes` may view into `buffer`.
Result<ByteView> erased(const Table& table, const Table::Entry* entry, ByteView prefix, ByteView bytes,
                        std::string& buffer);

}  // namespace tutti
