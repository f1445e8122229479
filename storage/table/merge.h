#pragma once

#include <memory>

#include "storage/log/marker.h"
#include "storage/store/store.h"
#include "storage/table/key_cache.h"
#include "storage/table/merged.h"
#include "storage/table/table.h"

namespace tutti {

// Merges one frozen table into the store's rows, in one forward pass over the old rows: the table's keys in
// order, and what its ranges erase between them. Counts rows and keys and keeps the fingerprints in passing.
class TableMerge final : public Merge {
 public:
  // `marker`: as of the freeze, but for what the pass itself finds. `base`: what it merges into. `outgoing`: the
  // table merged before, which readers have just lost; what it knows is offered to `cache`.
  TableMerge(Store& store, const HashKey& key, std::shared_ptr<const Table> table,
             std::shared_ptr<const Merged> base, Marker marker, std::shared_ptr<const Table> outgoing,
             std::shared_ptr<KeyCache> cache);

  Result<> run() override;  // any thread, once
  // What to publish. REQUIRES that run() went well.
  std::shared_ptr<const Merged> merged() const { return merged_; }

 private:
  void hand_down();

  Store& store_;
  const HashKey key_;
  const std::shared_ptr<const Table> table_;
  const std::shared_ptr<const Merged> base_;
  Marker marker_;
  std::shared_ptr<const Table> outgoing_;
  const std::shared_ptr<KeyCache> cache_;
  const uint64_t epoch_;
  std::shared_ptr<const Merged> merged_;
};

}  // namespace tutti
