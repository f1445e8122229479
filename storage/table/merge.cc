#include "storage/table/merge.h"

#include "storage/table/merge_pass.h"

namespace tutti {

TableMerge::TableMerge(Store& store, const HashKey& key, std::shared_ptr<const Table> table,
                       std::shared_ptr<const Merged> base, Marker marker,
                       std::shared_ptr<const Table> outgoing, std::shared_ptr<KeyCache> cache)
    : store_(store),
      key_(key),
      table_(std::move(table)),
      base_(std::move(base)),
      marker_(std::move(marker)),
      outgoing_(std::move(outgoing)),
      cache_(std::move(cache)),
      epoch_(cache_->epoch()) {
  marker_.rows = base_->rows;
  marker_.keys = base_->keys;
  marker_.fingerprints = base_->fingerprints;
}

// Only keys that the table holds whole, and only while there is room: only a read may evict other keys.
void TableMerge::hand_down() {
  constexpr size_t kRefusalsMax = 64;
  size_t refusals = 0;
  std::string image;
  for (size_t i = 0; i < outgoing_->size() && refusals < kRefusalsMax; ++i) {
    const Table::Entry& entry = outgoing_->at(i);
    const ByteView prefix = entry.prefix();
    if (!entry.complete || table_->find(prefix) || table_->erases(nullptr, prefix)) continue;
    if (entry.rows && entry.rows->by_suffix.size() > KeyImage::kRowsMax) {
      if (!cache_->offer_counts(prefix, entry.rows->live, epoch_)) ++refusals;
      continue;
    }
    image.clear();
    for (TouchedRows row(&entry); row.valid(); row.next()) {
      if (!row.bytes().empty()) KeyImage::put(image, row.suffix(), row.bytes());
    }
    if (!cache_->offer(prefix, image, epoch_)) ++refusals;
  }
  outgoing_.reset();
}

Result<> TableMerge::run() {
  hand_down();
  auto out = store_.begin_merge();
  if (!out) return std::unexpected(out.error());
  if (auto done = MergePass(*table_, *base_->snapshot, key_, **out, marker_, cache_.get()).run(); !done)
    return done;
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
