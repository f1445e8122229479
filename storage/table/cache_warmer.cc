#include "storage/table/cache_warmer.h"

#include "storage/base/key_prefix.h"

namespace tutti {
namespace {

// Reads one key's image, or its counts, from the cursor on, and moves the cursor past the key. False: a read failed.
bool take_key(RowCursor& cursor, ByteView prefix, std::string& image, RowCounts& counts, bool& whole) {
  image.clear();
  counts = {};
  whole = true;
  size_t rows = 0;
  while (cursor.valid() && cursor.key().starts_with(prefix)) {
    whole = whole && ++rows <= KeyImage::kRowsMax && image.size() < KeyImage::kBytesMax;
    const ByteView suffix = cursor.key().substr(prefix.size());
    counts.add(suffix, 1);
    if (whole) KeyImage::put(image, suffix, cursor.value());
    if (!cursor.next()) return false;
  }
  return true;
}

void warm(KeyCache& cache, const RowsSnapshot& rows, uint64_t epoch) {
  constexpr int kRefusalsMax = 64;  // of single shards, before all of it counts as full
  const auto cursor = rows.cursor();
  std::string prefix, image;
  RowCounts counts;
  bool whole = true;
  int refusals = 0;
  if (!cursor->seek({})) return;
  while (cursor->valid() && refusals < kRefusalsMax && epoch == cache.epoch()) {
    prefix = cursor->key().substr(0, key_prefix_size(cursor->key()));
    if (!take_key(*cursor, prefix, image, counts, whole)) return;
    const bool taken = whole ? cache.offer(prefix, image, epoch) : cache.offer_counts(prefix, counts, epoch);
    if (!taken) ++refusals;
  }
}

}  // namespace

std::function<Result<>()> cache_warmer(std::shared_ptr<KeyCache> cache,
                                       std::shared_ptr<const RowsSnapshot> rows) {
  const uint64_t epoch = cache->epoch();
  return [cache = std::move(cache), rows = std::move(rows), epoch]() mutable -> Result<> {
    warm(*cache, *rows, epoch);
    rows.reset();
    return {};
  };
}

}  // namespace tutti
