#pragma once

#include <memory>

#include "storage/log/marker.h"
#include "storage/store/store.h"
#include "storage/table/key_cache.h"
#include "storage/table/merged.h"
#include "storage/table/table.h"

namespace tutti {

// Merges one frozen table into the store's rows, in one forward pass over the old rows (merge_pass.h).
class TableMerge final : public Merge {
 public:
  // `marker`: as of the freeze; the pass fills in counts and fingerprints. `base`: the rows it merges into.
  // `outgoing`: the table merged before, which readers no longer see; its keys are offered to `cache`.
  TableMerge(Store& store, const HashKey& key, std::shared_ptr<const Table> table,
             std::shared_ptr<const Merged> base, Marker marker, std::shared_ptr<const Table> outgoing,
             std::shared_ptr<KeyCache> cache);

  Result<> run() override;  // any thread, once
  // The merge to publish. REQUIRES that run() succeeded.
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
