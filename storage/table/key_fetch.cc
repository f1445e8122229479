#include "storage/table/key_fetch.h"

#include <algorithm>
#include <utility>

#include "storage/base/key_prefix.h"

namespace tutti {
namespace {

class KeyFetch {
 public:
  KeyFetch(const Layers& layers, std::vector<std::string> targets, uint64_t bytes_max)
      : rows_(layers.disk),
        cache_(layers.cache),
        epoch_(cache_ ? cache_->epoch() : 0),
        bytes_max_(bytes_max) {
    std::ranges::sort(targets);
    const auto repeated = std::ranges::unique(targets);
    targets.erase(repeated.begin(), repeated.end());
    for (std::string& target : targets) {
      const ByteView prefix = ByteView(target).substr(0, key_prefix_size(target));
      const bool image_cached = cache_ && cache_->holds(prefix) && !cache_->counts(prefix);
      if (image_cached || in_tables(layers, prefix)) continue;
      const bool cached = cache_ && target.size() == prefix.size() && layers.may_cache(prefix);
      wanted_.push_back({std::move(target), cached});
    }
  }

  void run() {
    const auto cursor = rows_->key_cursor();
    for (const Wanted& wanted : wanted_) {
      if (!fetch(*cursor, wanted)) return;
    }
  }

 private:
  struct Wanted {
    std::string target;
    bool cached;
  };

  static bool in_tables(const Layers& layers, ByteView prefix) {
    return std::ranges::any_of(layers.tables,
                               [&](const auto& table) { return table->hides(table->find(prefix), prefix); });
  }

  bool fetch(RowCursor& cursor, const Wanted& wanted) {
    const size_t prefix_size = key_prefix_size(wanted.target);
    std::string value;
    // Brings in the filters and blocks that a read of this one row needs.
    if (wanted.target.size() > prefix_size && !rows_->get(wanted.target, value)) return false;
    std::string image;
    RowCounts counts;
    bool whole = wanted.cached;
    size_t rows = 0;
    uint64_t bytes = 0;
    if (!cursor.seek(wanted.target)) return false;
    while (cursor.valid() && bytes < bytes_max_) {
      const ByteView suffix = cursor.key().substr(prefix_size);
      bytes += cursor.key().size() + cursor.value().size();
      counts.add(suffix, 1);
      whole = whole && ++rows <= KeyImage::kRowsMax && image.size() < KeyImage::kBytesMax;
      if (whole) KeyImage::put(image, suffix, cursor.value());
      if (!cursor.next()) return false;
    }
    if (!wanted.cached || cursor.valid()) return true;
    if (whole) {
      cache_->put(wanted.target, image, epoch_);
    } else {
      cache_->put_counts(wanted.target, counts, epoch_);
    }
    return true;
  }

  std::shared_ptr<const RowsSnapshot> rows_;
  std::shared_ptr<KeyCache> cache_;
  uint64_t epoch_;
  uint64_t bytes_max_;
  std::vector<Wanted> wanted_;
};

}  // namespace

std::function<void()> key_fetch(const Layers& layers, std::vector<std::string> targets, uint64_t bytes_max) {
  return [fetch = std::make_shared<KeyFetch>(layers, std::move(targets), bytes_max)]() mutable {
    fetch->run();
    fetch.reset();  // and the snapshot with it
  };
}

}  // namespace tutti
