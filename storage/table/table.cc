#include "storage/table/table.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "storage/base/check.h"

namespace tutti {
namespace {

constexpr unsigned kFirstSlotBits = 4;

}  // namespace

Table::RowBytes* Table::Entry::find(ByteView suffix) {
  if (suffix == kRegisterSuffix) return reg.touched() ? &reg : nullptr;
  if (!rows) return nullptr;
  const auto at = rows->by_suffix.find(suffix);
  return at == rows->by_suffix.end() ? nullptr : &at->second;
}

Table::Table(const HashKey& key)
    : hash_(key), slots_(size_t{1} << kFirstSlotBits), shift_(32 - kFirstSlotBits) {}

static_assert(sizeof(Table::Entry) == 48);

Table::Slot Table::slot_of(Entry* entry) {
  const auto address = reinterpret_cast<uint64_t>(entry);
  check((address & ~kPointerMask) == 0, "an address of 48 bits");
  return address | (uint64_t{entry->hash} << 48);
}

// Where the prefix is, or the empty slot where it belongs.
size_t Table::find_slot(uint32_t hash, ByteView prefix) const {
  size_t at = hash >> shift_;
  for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at] >> 48 == (hash & 0xFFFF) && entry_of(slots_[at])->prefix() == prefix) break;
  }
  return at;
}

const Table::Entry* Table::find(ByteView prefix) const {
  return entries_.empty() ? nullptr : entry_of(slots_[find_slot(hash_(prefix), prefix)]);
}

uint32_t Table::index_of(ByteView prefix) const {
  const Entry* entry = find(prefix);
  return entry ? entry->index : kNone;
}

Table::Entry& Table::touch(ByteView prefix) {
  const uint32_t hash = hash_(prefix);
  size_t slot = find_slot(hash, prefix);
  Entry* entry = entry_of(slots_[slot]);
  if (!entry) {
    if (entries_.size() * 10 >= slots_.size() * 7) {
      grow();
      slot = find_slot(hash, prefix);
    }
    entry = new (arena_.take(sizeof(Entry) + prefix.size())) Entry;
    entry->prefix_size = static_cast<uint32_t>(prefix.size());
    entry->hash = hash;
    entry->index = static_cast<uint32_t>(entries_.size());
    std::memcpy(reinterpret_cast<char*>(entry + 1), prefix.data(), prefix.size());
    slots_[slot] = slot_of(entry);
    entries_.push_back(entry);
  }
  if (!entry->census.waits) {
    entry->census.waits = true;
    census_.recount.push_back(entry->index);
  }
  return *entry;
}

void Table::grow() {
  slots_.assign(slots_.size() * 2, 0);
  --shift_;
  check(shift_ > 0, "a table of fewer than 2^31 slots");
  // In order of insertion: the entries are read as they lie in memory.
  for (Entry* entry : entries_) {
    size_t at = entry->hash >> shift_;
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot_of(entry);
  }
}

ByteView Table::keep(ByteView bytes) {
  char* at = arena_.take(bytes.size());
  std::memcpy(at, bytes.data(), bytes.size());
  return {at, bytes.size()};
}

void Table::write(Entry& entry, ByteView suffix, ByteView bytes) {
  if (suffix == kRegisterSuffix) return write(entry.reg, bytes);
  if (!entry.rows) entry.rows = new (arena_.take(sizeof(Rows))) Rows(arena_);
  auto& rows = entry.rows->by_suffix;
  auto at = rows.find(suffix);
  if (at == rows.end()) {
    at = rows.emplace(keep(suffix), RowBytes{}).first;
    if (entry.census.rows_counted && RowCounts::counts(suffix))
      counted_.at(entry.index).fresh.push_back(at->first);
  }
  write(entry, suffix, at->second, bytes);
}

void Table::write(Entry& entry, ByteView suffix, RowBytes& row, ByteView bytes) {
  const bool lived = row.touched() && row.size > 0;
  write(row, bytes);
  if (&row != &entry.reg) entry.rows->live.add(suffix, (row.size > 0 ? 1 : 0) - (lived ? 1 : 0));
}

void Table::write(RowBytes& row, ByteView bytes) {
  if (bytes.size() > row.capacity) {
    // A row that grew once will grow again.
    row.capacity = ((row.capacity != 0 ? bytes.size() + bytes.size() / 4 : bytes.size()) + 7) & ~uint64_t{7};
    row.at = arena_.take(row.capacity);
  }
  if (!bytes.empty()) std::memcpy(row.at, bytes.data(), bytes.size());
  row.size = bytes.size();
}

void Table::make_complete(Entry& entry) {
  entry.complete = true;
  if (!entry.erases) return;
  erasures_.erase(&entry);
  entry.erases = false;
}

void Table::erase_untouched(Entry& entry, const Operation& op) {
  if (entry.complete) return;
  add_erasure(erasures_[&entry], Erasure(op));
  entry.erases = true;
}

void Table::add_range(ByteView prefix, const Operation& op, bool total) {
  Range range{std::string(prefix), Erasure(op), total};
  std::erase_if(ranges_, [&](const Range& old) {
    return old.prefix.starts_with(prefix) && (total || (!old.total && range.erasure.subsumes(old.erasure)));
  });
  ranges_.push_back(std::move(range));
}

bool Table::hides(const Entry* entry, ByteView prefix) const {
  if (entry && entry->complete) return true;
  return std::ranges::any_of(ranges_,
                             [&](const Range& r) { return r.total && prefix.starts_with(r.prefix); });
}

bool Table::erases(const Entry* entry, ByteView prefix) const {
  if (entry && entry->erases) return true;
  return std::ranges::any_of(ranges_, [&](const Range& r) { return prefix.starts_with(r.prefix); });
}

void Table::erase(const Entry* entry, ByteView prefix, Lives& row) const {
  if (entry && entry->erases) {
    for (const Erasure& erasure : erasures_.at(entry)) erasure.apply(row);
  }
  erase_by_ranges(prefix, row);
}

void Table::erase_by_ranges(ByteView prefix, Lives& row) const {
  for (const Range& range : ranges_) {
    if (prefix.starts_with(range.prefix)) range.erasure.apply(row);
  }
}

uint64_t Table::bytes() const {
  return arena_.bytes() + slots_.size() * sizeof(Slot) + entries_.capacity() * sizeof(Entry*) +
         census_.recount.capacity() * sizeof(uint32_t) + (erasures_.size() + ranges_.size()) * 256 +
         counted_.size() * (sizeof(Counted) + 64);
}

TouchedRows::TouchedRows(const Table::Entry* entry, ByteView from)
    : entry_(entry), reg_(entry && entry->reg.touched() && from <= kRegisterSuffix) {
  if (entry && entry->rows) {
    const auto& rows = entry->rows->by_suffix;
    other_ = from.empty() ? rows.begin() : rows.lower_bound(from);
  }
}

bool TouchedRows::at_reg() const {
  return reg_ &&
         (!entry_->rows || other_ == entry_->rows->by_suffix.end() || kRegisterSuffix < other_->first);
}

void TouchedRows::next() {
  if (at_reg()) {
    reg_ = false;
  } else {
    ++other_;
  }
}

}  // namespace tutti
