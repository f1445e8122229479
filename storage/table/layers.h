#pragma once

#include <array>
#include <memory>
#include <string>

#include "storage/base/result.h"
#include "storage/model/row_key.h"
#include "storage/store/store.h"
#include "storage/table/table.h"

namespace tutti {

// The state as it lies: the current table over the previous one over the rows on disk. A row is what the
// uppermost layer that touched it says, less what the layers above that one erased.
struct Layers {
  enum Level : unsigned { kCurrent = 0, kPrevious = 1, kDisk = 2 };

  std::array<std::shared_ptr<Table>, 2> tables;  // never null
  std::shared_ptr<const RowsSnapshot> disk;
  bool previous_merged = true;  // the disk holds all that the previous table says

  Table& current() const { return *tables[kCurrent]; }
  Table& previous() const { return *tables[kPrevious]; }

  // One row as of `level` and what lies below it; empty where absent. Views into a table or into `buffer`.
  Result<ByteView> row(Level level, ByteView prefix, ByteView suffix, std::string& buffer) const;

  // A live row at all? `cursor` is made where it is needed, and may serve many calls.
  Result<bool> key_lives(Level level, ByteView prefix, std::unique_ptr<RowCursor>& cursor) const;
  // Likewise of what lies below `level`, less what its ranges (and not its entries) erase.
  Result<bool> key_lives_below(Level level, ByteView prefix, std::unique_ptr<RowCursor>& cursor) const;
};

// The live rows of one key in order, as of a level and what lies below it.
class KeyRows {
 public:
  KeyRows(const Layers& layers, Layers::Level level, ByteView prefix, std::unique_ptr<RowCursor>& cursor);
  // To the first or next live row; false: there is none.
  Result<bool> next();
  ByteView suffix() const { return suffix_; }  // both valid until next()
  ByteView bytes() const { return bytes_; }

 private:
  Result<> start();
  Result<bool> step(bool& live);
  bool disk_valid() const;

  const Layers& layers_;
  const unsigned level_;
  const ByteView prefix_;
  std::unique_ptr<RowCursor>& cursor_;
  std::array<const Table::Entry*, 2> entries_{};
  std::array<TouchedRows, 2> touched_;
  unsigned bottom_ = Layers::kDisk;  // the lowest level that still shows
  bool started_ = false;
  std::string suffix_, bytes_;
};

// Takes from a row's bytes what `table` erases of untouched rows of the key. `bytes` may view into `buffer`.
Result<ByteView> erased(const Table& table, const Table::Entry* entry, ByteView prefix, ByteView bytes,
                        std::string& buffer);

}  // namespace tutti
