#include "storage/table/row_census.h"

#include "storage/base/check.h"
#include "storage/table/key_rows.h"

namespace tutti {
namespace {

// Walking this many rows of one key costs as much as looking up one row.
constexpr int64_t kStepsPerLookup = 8;

class RowCensus {
 public:
  RowCensus(const Layers& layers, ByteView prefix, KeyReader& reader)
      : layers_(layers), prefix_(prefix), reader_(reader) {}

  // As of the level and what lies below it.
  Result<RowCounts> count(Layers::Level level) {
    if (level == Layers::kPrevious && layers_.previous_merged) return on_disk();
    Table& table = *layers_.tables[level];
    const uint32_t index = table.index_of(prefix_);
    Table::Entry* entry = index == Table::kNone ? nullptr : &table.at(index);
    if (table.hides(entry, prefix_)) return entry && entry->rows ? entry->rows->live : RowCounts{};
    const bool erases = table.erases(entry, prefix_);
    if (level == Layers::kCurrent) {
      if (erases) return walk(level);
      return entry && entry->rows ? settle(level, *entry, {}) : count(Layers::kPrevious);
    }
    if (!entry && !erases) return on_disk();
    // Taken once: the merge may pass the key at any moment.
    const auto cached = layers_.cache ? layers_.cache->counts(prefix_) : std::nullopt;
    if (cached && cached->changed_in == layers_.cache->epoch()) return cached->rows;
    if (erases) return walk(level);
    if (entry->rows) return settle(level, *entry, cached);
    return cached ? cached->rows : read(DiskRows::Cache::kAround);
  }

 private:
  // REQUIRES that no merge is changing the key.
  Result<RowCounts> on_disk() {
    if (layers_.cache) {
      if (const auto known = layers_.cache->counts(prefix_)) return known->rows;
    }
    return read(DiskRows::Cache::kFill);
  }

  Result<RowCounts> read(DiskRows::Cache use) {
    DiskRows rows(layers_, reader_);
    RowCounts counts;
    auto moved = rows.start(prefix_, {}, use);
    for (; moved && rows.valid(); moved = rows.next()) counts.add(rows.suffix(), 1);
    if (!moved) return std::unexpected(moved.error());
    return counts;
  }

  Result<RowCounts> walk(Layers::Level level) {
    KeyRows rows(layers_, level, prefix_, reader_);
    RowCounts counts;
    for (;;) {
      const auto more = rows.next();
      if (!more) return std::unexpected(more.error());
      if (!*more) return counts;
      counts.add(rows.suffix(), 1);
    }
  }

  // `cached`: the counts of the level below an unmerged previous table, if they are known.
  Result<RowCounts> settle(Layers::Level level, Table::Entry& entry,
                           const std::optional<KeyCache::Counts>& cached) {
    auto& all = layers_.tables[level]->counted();
    if (!entry.census.rows_counted) {
      Table::Counted counted;
      const auto below = level == Layers::kCurrent ? count(Layers::kPrevious)
                         : cached                  ? Result<RowCounts>(cached->rows)
                                                   : read(DiskRows::Cache::kAround);
      if (!below) return below;
      counted.below = *below;
      const auto touched = static_cast<int64_t>(entry.rows->by_suffix.size());
      if (touched * kStepsPerLookup > counted.below.total()) {
        if (auto done = find_lived(level, entry, counted); !done) return std::unexpected(done.error());
      } else {
        for (const auto& row : entry.rows->by_suffix) {
          if (RowCounts::counts(row.first)) counted.fresh.push_back(row.first);
        }
      }
      all[entry.index] = std::move(counted);
      entry.census.rows_counted = true;
    }
    Table::Counted& counted = all.at(entry.index);
    if (auto done = look_up_fresh(level, entry, counted); !done) return std::unexpected(done.error());
    return counted.below + entry.rows->live - counted.lived;
  }

  // By walking all rows below.
  Result<> find_lived(Layers::Level level, const Table::Entry& entry, Table::Counted& counted) {
    RowCounts lived;
    if (counted.below.total() > 0) {
      KeyRows rows(layers_, static_cast<Layers::Level>(level + 1), prefix_, reader_);
      for (;;) {
        const auto more = rows.next();
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
        if (entry.find(rows.suffix())) lived.add(rows.suffix(), 1);
      }
    }
    counted.lived = lived;
    counted.fresh.clear();
    return {};
  }

  Result<> look_up_fresh(Layers::Level level, const Table::Entry& entry, Table::Counted& counted) {
    if (counted.below.total() == 0) counted.fresh.clear();
    if (static_cast<int64_t>(counted.fresh.size()) * kStepsPerLookup > counted.below.total())
      return find_lived(level, entry, counted);
    for (; !counted.fresh.empty(); counted.fresh.pop_back()) {
      const auto lived = lived_below(level, counted.fresh.back());
      if (!lived) return std::unexpected(lived.error());
      counted.lived.add(counted.fresh.back(), *lived ? 1 : 0);
    }
    return {};
  }

  Result<bool> lived_below(Layers::Level level, ByteView suffix) {
    if (level == Layers::kCurrent) {
      const auto row = layers_.row(Layers::kPrevious, prefix_, suffix, buffer_, reader_.tier);
      if (!row) return std::unexpected(row.error());
      return !row->empty();
    }
    return layers_.disk->get(std::string(prefix_).append(suffix), buffer_, reader_.tier);
  }

  const Layers& layers_;
  const ByteView prefix_;
  KeyReader& reader_;
  std::string buffer_;
};

}  // namespace

Result<uint64_t> count_rows(const Layers& layers, ByteView prefix, RowKind kind, KeyReader& reader) {
  const auto counts = RowCensus(layers, prefix, reader).count(Layers::kCurrent);
  if (!counts) return std::unexpected(counts.error());
  check(counts->of(kind) >= 0, "a count of rows");
  return static_cast<uint64_t>(counts->of(kind));
}

}  // namespace tutti
