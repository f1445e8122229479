#include "storage/table/key_census.h"

#include <algorithm>

#include "storage/base/check.h"
#include "storage/table/key_rows.h"

namespace tutti {
namespace {

// The number of keys that are live below a table, less those that are live after its ranges.
class RangeCensus {
 public:
  RangeCensus(const Layers& layers, Layers::Level level) : layers_(layers), level_(level) {}

  Result<int64_t> lost() {
    std::vector<ByteView> prefixes;
    for (const auto& range : layers_.tables[level_]->ranges()) prefixes.push_back(range.prefix);
    std::ranges::sort(prefixes);
    ByteView outer;
    bool first = true;
    for (const ByteView prefix : prefixes) {
      if (!first && prefix.starts_with(outer)) continue;
      first = false;
      outer = prefix;
      if (auto walked = walk(prefix); !walked) return std::unexpected(walked.error());
    }
    return lost_;
  }

 private:
  Result<> walk(ByteView prefix) {
    if (level_ == Layers::kCurrent) {
      const Table& before = layers_.previous();
      for (size_t i = 0; i < before.size(); ++i) {
        if (!before.at(i).prefix().starts_with(prefix)) continue;
        if (auto counted = count(before.at(i).prefix()); !counted) return counted;
      }
    }
    const auto walk_cursor = layers_.disk->cursor();
    auto moved = walk_cursor->seek(prefix);
    while (moved && walk_cursor->valid() && walk_cursor->key().starts_with(prefix)) {
      const ByteView row_key = walk_cursor->key();
      const std::string key(row_key.substr(0, key_prefix_size(row_key)));
      if (level_ != Layers::kCurrent || !layers_.previous().find(key)) {
        if (auto counted = count(key); !counted) return counted;
      }
      moved = walk_cursor->seek(prefix_end(key));
    }
    return moved;
  }

  Result<> count(ByteView key) {
    const auto before = layers_.key_lives(static_cast<Layers::Level>(level_ + 1), key, reader_);
    if (!before) return std::unexpected(before.error());
    const auto after = layers_.key_lives_below(level_, key, reader_);
    if (!after) return std::unexpected(after.error());
    lost_ += *before - *after;
    return {};
  }

  const Layers& layers_;
  const Layers::Level level_;
  KeyReader reader_;
  int64_t lost_ = 0;
};

Result<> recount_ranges(const Layers& layers, Layers::Level level, uint64_t keys_below) {
  Table& table = *layers.tables[level];
  if (table.census().ranges_known) return {};
  const bool all_gone =
      std::ranges::any_of(table.ranges(), [](const auto& r) { return r.total && r.prefix.empty(); });
  if (all_gone) {
    table.census().ranges = -static_cast<int64_t>(keys_below);
  } else {
    const auto lost = RangeCensus(layers, level).lost();
    if (!lost) return std::unexpected(lost.error());
    table.census().ranges = -*lost;
  }
  table.census().ranges_known = true;
  return {};
}

Result<> recount_entries(const Layers& layers, Layers::Level level) {
  Table& table = *layers.tables[level];
  auto& waiting = table.census().recount;
  // In order of key, so that reads of the disk go forward.
  std::ranges::sort(waiting, {}, [&](uint32_t i) { return table.at(i).prefix(); });
  KeyReader reader;
  for (const uint32_t index : waiting) {
    Table::Entry& entry = table.at(index);
    auto& known = entry.census;
    if (known.lived_below == Table::Answer::kUnknown) {
      const auto below = layers.key_lives_below(level, entry.prefix(), reader);
      if (!below) return std::unexpected(below.error());
      known.lived_below = *below ? Table::Answer::kYes : Table::Answer::kNo;
    }
    bool lives = entry.reg.touched() && entry.reg.size > 0;
    if (!lives) {
      const auto found = layers.key_lives(level, entry.prefix(), reader);
      if (!found) return std::unexpected(found.error());
      lives = *found;
    }
    const bool lived = known.lived_below == Table::Answer::kYes;
    table.census().entries += lives - lived - known.counts_lives + known.counts_below;
    known.counts_lives = lives;
    known.counts_below = lived;
  }
  for (const uint32_t index : waiting) table.at(index).census.waits = false;
  waiting.clear();
  return {};
}

Result<uint64_t> count_from(const Layers& layers, Layers::Level level, uint64_t keys_below) {
  if (auto done = recount_ranges(layers, level, keys_below); !done) return std::unexpected(done.error());
  if (auto done = recount_entries(layers, level); !done) return std::unexpected(done.error());
  const auto& census = layers.tables[level]->census();
  const int64_t keys = static_cast<int64_t>(keys_below) + census.entries + census.ranges;
  check(keys >= 0, "a count of keys");
  return static_cast<uint64_t>(keys);
}

}  // namespace

Result<uint64_t> count_keys(const Layers& layers, uint64_t keys_on_disk) {
  if (!layers.previous_merged) {
    const auto below = count_from(layers, Layers::kPrevious, keys_on_disk);
    if (!below) return below;
    keys_on_disk = *below;
  }
  return count_from(layers, Layers::kCurrent, keys_on_disk);
}

}  // namespace tutti
