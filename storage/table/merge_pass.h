#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/log/marker.h"
#include "storage/store/store.h"
#include "storage/table/key_cache.h"
#include "storage/table/table.h"

namespace tutti {

// The one pass of a merge. It walks a frozen table and the old rows side by side, both in order of row key. It writes
// the rows that change, keeps the marker's counts and fingerprints, and updates the cached keys that it changes.
class MergePass {
 public:
  // `cache` may be null.
  MergePass(const Table& table, const RowsSnapshot& old, const HashKey& key, RowsMerge& out, Marker& sums,
            KeyCache* cache = nullptr);
  Result<> run();

 private:
  // An interval of row keys that ranges touch; disjoint and ascending.
  struct Interval {
    std::string begin;
    std::string end;  // empty: no bound
  };

  Result<> merge_key(const Table::Entry& entry);
  Result<> sweep_until(ByteView end, bool bounded);
  Result<> sweep(ByteView begin, ByteView end, bool bounded);
  Result<> change(ByteView row_key, ByteView before, ByteView after);
  Result<> move_to(ByteView key);
  void begin_key(ByteView prefix);
  void end_key(bool before, bool after);

  const Table& table_;
  const HashKey& key_;
  RowsMerge& out_;
  Marker& sums_;
  std::unique_ptr<RowCursor> cursor_;
  std::vector<Interval> intervals_;
  size_t interval_ = 0;
  std::string swept_;  // all row keys before it are done
  std::string row_key_, left_;

  KeyCache* cache_;
  std::string key_prefix_;  // of the current key
  bool cached_ = false;     // the cache has the current key: `changes_` is kept
  KeyChanges changes_;
};

}  // namespace tutti
