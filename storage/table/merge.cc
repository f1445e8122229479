#include "storage/table/merge.h"

#include "storage/table/merge_pass.h"

namespace tutti {

TableMerge::TableMerge(Store& store, const HashKey& key, std::shared_ptr<const Table> table,
                       std::shared_ptr<const Merged> base, Marker marker)
    : store_(store), key_(key), table_(std::move(table)), base_(std::move(base)), marker_(std::move(marker)) {
  marker_.rows = base_->rows;
  marker_.keys = base_->keys;
  marker_.fingerprints = base_->fingerprints;
}

Result<> TableMerge::run() {
  auto out = store_.begin_merge();
  if (!out) return std::unexpected(out.error());
  if (auto done = MergePass(*table_, *base_->snapshot, key_, **out, marker_).run(); !done) return done;
  if (auto done = (*out)->commit(marker_.position, encode_marker(marker_)); !done) return done;
  merged_ = std::make_shared<const Merged>(Merged{.clock = marker_.clock,
                                                  .position = marker_.position,
                                                  .fingerprints = marker_.fingerprints,
                                                  .rows = marker_.rows,
                                                  .keys = marker_.keys,
                                                  .snapshot = store_.rows()});
  return {};
}

}  // namespace tutti
