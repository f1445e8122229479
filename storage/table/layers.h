#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "storage/base/result.h"
#include "storage/model/row_key.h"
#include "storage/store/store.h"
#include "storage/table/key_cache.h"
#include "storage/table/key_reader.h"
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

  // The image read last: most commands ask several things of one key. Owner's.
  struct LastImage {
    std::string prefix;
    std::string image;
    bool known = false;  // `image` is the key's, whole
  };
  mutable LastImage last;

  void put_below(std::shared_ptr<const RowsSnapshot> rows) {
    disk = std::move(rows);
    last.known = false;
  }

  Table& current() const { return *tables[kCurrent]; }
  Table& previous() const { return *tables[kPrevious]; }

  // One row as of `level` and what lies below it; empty where absent. A view into a table or into `buffer`.
  // REQUIRES from outside a level other than kDisk: what is cached may be ahead of what lies below the previous
  // table, by what that table says.
  Result<ByteView> row(Level level, ByteView prefix, ByteView suffix, std::string& buffer,
                       Tier tier = Tier::kAny) const;

  // The register row of a key that has no other row; empty bytes where the key is absent. Nothing where it may have
  // others. Valid until the next read. Errors: those of the disk.
  Result<std::optional<ByteView>> lone_register(ByteView prefix, KeyReader& reader) const;

  // All rows that the disk has of a key, where they are cached. Valid until the next read.
  const std::string* image(ByteView prefix) const;

  // An image of this key that was read from `disk` may be put into the cache: no merge is changing it.
  bool may_cache(ByteView prefix) const {
    return previous_merged || (!previous().find(prefix) && !previous().erases(nullptr, prefix));
  }

  // A live row at all? `reader` may serve many calls.
  Result<bool> key_lives(Level level, ByteView prefix, KeyReader& reader) const;
  // Likewise of what lies below `level`, less what its ranges (and not its entries) erase.
  Result<bool> key_lives_below(Level level, ByteView prefix, KeyReader& reader) const;
};

// Takes from a row's bytes what `table` erases of untouched rows of the key. `bytes` may view into `buffer`.
Result<ByteView> erased(const Table& table, const Table::Entry* entry, ByteView prefix, ByteView bytes,
                        std::string& buffer);

}  // namespace tutti
