#include "storage/table/merge_pass.h"

#include <algorithm>

#include "storage/table/layers.h"

namespace tutti {
namespace {

// A row at most this many rows ahead is reached by next(): a seek costs several times as much.
constexpr int kStepsBeforeSeek = 3;

}  // namespace

MergePass::MergePass(const Table& table, const RowsSnapshot& old, const HashKey& key, RowsMerge& out,
                     Marker& sums, KeyCache* cache)
    : table_(table), key_(key), out_(out), sums_(sums), cursor_(old.cursor()), cache_(cache) {
  // Prefixes nest or are disjoint: sorted, a nested one follows the one that holds it.
  std::vector<ByteView> prefixes;
  for (const Table::Range& range : table.ranges()) prefixes.push_back(range.prefix);
  std::ranges::sort(prefixes);
  for (const ByteView prefix : prefixes) {
    if (!intervals_.empty() && prefix.starts_with(intervals_.back().begin)) continue;
    intervals_.push_back({std::string(prefix), prefix_end(prefix)});
  }
}

Result<> MergePass::run() {
  std::vector<const Table::Entry*> entries;
  entries.reserve(table_.size());
  for (size_t i = 0; i < table_.size(); ++i) entries.push_back(&table_.at(i));
  std::ranges::sort(entries, {}, &Table::Entry::prefix);
  if (auto begun = cursor_->seek({}); !begun) return begun;
  for (const Table::Entry* entry : entries) {
    if (auto done = sweep_until(entry->prefix(), true); !done) return done;
    if (auto done = merge_key(*entry); !done) return done;
    swept_ = prefix_end(entry->prefix());
  }
  return sweep_until({}, false);
}

Result<> MergePass::move_to(ByteView key) {
  for (int steps = 0; cursor_->valid() && cursor_->key() < key; ++steps) {
    if (auto moved = steps < kStepsBeforeSeek ? cursor_->next() : cursor_->seek(key); !moved) return moved;
  }
  return {};
}

// Applies the ranges to the rows between the last key and `end`.
Result<> MergePass::sweep_until(ByteView end, bool bounded) {
  for (; interval_ < intervals_.size(); ++interval_) {
    const Interval& at = intervals_[interval_];
    if (bounded && end <= at.begin) return {};
    const ByteView begin = std::max<ByteView>(swept_, at.begin);
    const bool beyond = bounded && (at.end.empty() || end < at.end);
    if (auto done = sweep(begin, beyond ? end : ByteView(at.end), beyond || !at.end.empty()); !done)
      return done;
    if (beyond) return {};
  }
  return {};
}

Result<> MergePass::sweep(ByteView begin, ByteView end, bool bounded) {
  if (auto moved = move_to(begin); !moved) return moved;
  std::string key;
  bool after = false;
  bool within = false;
  const auto leave_key = [&] {
    if (within) end_key(true, after);
    within = false;
  };
  while (cursor_->valid() && (!bounded || cursor_->key() < end)) {
    row_key_ = cursor_->key();
    const ByteView prefix = ByteView(row_key_).substr(0, key_prefix_size(row_key_));
    if (!within || prefix != key) {
      leave_key();
      within = true;
      after = false;
      key = prefix;
      begin_key(key);
    }
    ByteView kept;
    if (!table_.hides(nullptr, prefix)) {
      const auto left = erased(table_, nullptr, prefix, cursor_->value(), left_);
      if (!left) return std::unexpected(left.error());
      kept = *left;
    }
    after = after || !kept.empty();
    if (auto changed = change(row_key_, cursor_->value(), kept); !changed) return changed;
    if (auto moved = cursor_->next(); !moved) return moved;
  }
  leave_key();
  return {};
}

Result<> MergePass::merge_key(const Table::Entry& entry) {
  const ByteView prefix = entry.prefix();
  if (auto moved = move_to(prefix); !moved) return moved;
  const bool hides = table_.hides(&entry, prefix);
  const bool erases = !hides && table_.erases(&entry, prefix);
  bool before = false;
  bool after = false;
  TouchedRows touched(&entry);
  begin_key(prefix);
  for (;;) {
    const bool old = cursor_->valid() && cursor_->key().starts_with(prefix);
    before = before || old;
    if (touched.valid()) {
      row_key_.assign(prefix).append(touched.suffix());
    } else if (!old) {
      break;
    }
    const auto order = !old               ? std::strong_ordering::greater
                       : !touched.valid() ? std::strong_ordering::less
                                          : cursor_->key() <=> ByteView(row_key_);
    if (order < 0) {  // an old row that the table did not touch
      if (!hides && !erases) {
        after = true;
        if (!touched.valid()) break;
        if (auto moved = move_to(row_key_); !moved) return moved;
        continue;
      }
      row_key_ = cursor_->key();
      ByteView kept;
      if (erases) {
        const auto left = erased(table_, &entry, prefix, cursor_->value(), left_);
        if (!left) return std::unexpected(left.error());
        kept = *left;
      }
      after = after || !kept.empty();
      if (auto changed = change(row_key_, cursor_->value(), kept); !changed) return changed;
      if (auto moved = cursor_->next(); !moved) return moved;
      continue;
    }
    after = after || !touched.bytes().empty();
    if (auto changed = change(row_key_, order == 0 ? cursor_->value() : ByteView(), touched.bytes());
        !changed) {
      return changed;
    }
    touched.next();
    if (order == 0) {
      if (auto moved = cursor_->next(); !moved) return moved;
    }
  }
  end_key(before, after);
  return {};
}

Result<> MergePass::change(ByteView row_key, ByteView before, ByteView after) {
  if (before == after) return {};
  if (cached_) changes_.add(row_key.substr(key_prefix_.size()), !before.empty(), after);
  const size_t range = Fingerprints::range_of(key_, row_key);
  if (!before.empty()) {
    Lives row;
    if (!decode_row(before, row))
      return error(ErrorCode::kCorrupt, "merge: a row on disk is no canonical row");
    sums_.fingerprints.remove(range, row_fingerprint(key_, row_key, before));
    --sums_.rows;
  }
  if (after.empty()) return out_.remove(row_key);
  sums_.fingerprints.add(range, row_fingerprint(key_, row_key, after));
  ++sums_.rows;
  return out_.put(row_key, after);
}

void MergePass::begin_key(ByteView prefix) {
  cached_ = cache_ && cache_->holds(prefix);
  if (cached_) key_prefix_ = prefix;
}

void MergePass::end_key(bool before, bool after) {
  sums_.keys = sums_.keys + after - before;
  if (!changes_.empty()) cache_->change(key_prefix_, changes_);
  changes_.clear();
}

}  // namespace tutti
