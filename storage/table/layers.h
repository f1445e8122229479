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

// The state in three layers: the current table, above the previous table, above the rows on disk. The uppermost
// layer that touched a row has its bytes; the layers above it may erase dots from them.
struct Layers {
  enum Level : unsigned { kCurrent = 0, kPrevious = 1, kDisk = 2 };

  std::array<std::shared_ptr<Table>, 2> tables;  // never null
  std::shared_ptr<const RowsSnapshot> disk;
  bool previous_merged = true;      // `disk` includes the previous table
  std::shared_ptr<KeyCache> cache;  // of the disk; null: none

  // The image read last, because most commands read one key several times. For the owner's thread only.
  struct LastImage {
    std::string prefix;
    std::string image;
    bool known = false;  // `image` is the whole image of `prefix`
  };
  mutable LastImage last;

  void put_below(std::shared_ptr<const RowsSnapshot> rows) {
    disk = std::move(rows);
    last.known = false;
  }

  Table& current() const { return *tables[kCurrent]; }
  Table& previous() const { return *tables[kPrevious]; }

  // One row as of `level` and the levels below it; empty if absent. A view into a table or into `buffer`.
  // REQUIRES of callers outside this class: level != kDisk. While a merge runs, the cache may already include the
  // previous table.
  Result<ByteView> row(Level level, ByteView prefix, ByteView suffix, std::string& buffer,
                       Tier tier = Tier::kAny) const;

  // The register row of a key that has no other row; empty bytes: the key is absent; nullopt: the key may have other
  // rows. Valid until the next read. Errors: the disk's.
  Result<std::optional<ByteView>> lone_register(ByteView prefix, KeyReader& reader) const;

  // The cached image of a key's rows on disk; null: not cached. Valid until the next read.
  const std::string* image(ByteView prefix) const;

  // True if an image of this key that was read from `disk` may go into the cache: no merge is changing the key.
  bool may_cache(ByteView prefix) const {
    return previous_merged || (!previous().find(prefix) && !previous().erases(nullptr, prefix));
  }

  // Whether the key has a live row. `reader` may serve many calls.
  Result<bool> key_lives(Level level, ByteView prefix, KeyReader& reader) const;
  // The same as of the levels below `level`, after the ranges of `level` but not its entries.
  Result<bool> key_lives_below(Level level, ByteView prefix, KeyReader& reader) const;
};

// The bytes of a row that `table` did not touch, after the table's erasures. `bytes` may view into `buffer`.
Result<ByteView> erased(const Table& table, const Table::Entry* entry, ByteView prefix, ByteView bytes,
                        std::string& buffer);

}  // namespace tutti
