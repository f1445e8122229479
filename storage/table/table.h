#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/base/ids.h"
#include "storage/model/erasure.h"
#include "storage/table/arena.h"
#include "storage/table/key_hash.h"
#include "storage/table/row_counts.h"

namespace tutti {

// A row key without its key prefix: kind and subkey, ordered as row keys are.
constexpr ByteView kRegisterSuffix("r", 1);

// A table of touched rows in memory, by key: the exact rows after the operations since the table's start. It lies
// above the table before it and the disk. Of a key's rows it says three things:
//   - touched:  the bytes of this row
//   - complete: the key's untouched rows are gone
//   - erasures: these dots of untouched rows are gone, for one key or for all keys beneath a prefix
//
// Own open addressing over entries in an arena: half the time of std::unordered_map, a third less memory.
// Entries are never removed; the table is freed as a whole. One writer; once frozen, any thread may read it, except
// the members marked "owner's".
class Table {
 public:
  // The bytes of one row. Overwritten in place where they fit.
  struct RowBytes {
    static constexpr uint64_t kUntouched = ~uint64_t{0};
    char* at = nullptr;
    uint64_t size = kUntouched;
    uint64_t capacity = 0;

    bool touched() const { return size != kUntouched; }
    ByteView view() const { return {at, static_cast<size_t>(size)}; }
  };
  // The touched rows of one key, without its register row.
  struct Rows {
    explicit Rows(Arena& arena) : by_suffix(&arena) {}
    std::pmr::map<ByteView, RowBytes> by_suffix;
    RowCounts live;
  };

  enum class Answer : uint8_t { kUnknown, kNo, kYes };

  // One key. Its prefix follows it in the arena.
  struct Entry {
    RowBytes reg;          // the register row, inline: most keys have no other
    Rows* rows = nullptr;  // the other touched rows, by suffix; null: none
    uint32_t prefix_size = 0;
    uint32_t hash = 0;
    uint32_t index = 0;     // in order of insertion
    bool complete = false;  // untouched rows of this key are gone
    bool erases = false;    // it has erasures
    // Owner's, even when frozen, for counting keys (key_census.h).
    struct {
      bool waits : 1 = false;  // in census.recount
      Answer lived_below : 2 = Answer::kUnknown;
      bool counts_lives : 1 = false;  // census.entries includes +1 for it
      bool counts_below : 1 = false;  // census.entries includes -1 for it
      bool rows_counted : 1 = false;  // in counted()
    } census;

    ByteView prefix() const { return {reinterpret_cast<const char*>(this + 1), prefix_size}; }
    RowBytes* find(ByteView suffix);
    const RowBytes* find(ByteView suffix) const { return const_cast<Entry*>(this)->find(suffix); }
  };

  // A prefix edit: the erasure applies to all untouched rows beneath `prefix`.
  struct Range {
    std::string prefix;
    Erasure erasure;
    bool total = false;  // it erases these rows whole
  };

  // Owner's (key_census.h).
  struct Census {
    std::vector<uint32_t> recount;  // entries by index
    int64_t entries = 0;            // keys live with the entries, less those live below
    int64_t ranges = 0;             // keys live with the ranges, less those live without them
    bool ranges_known = true;
  };

  // Owner's (row_census.h): the counts of an entry's rows as of the layers below the table.
  struct Counted {
    RowCounts below;              // of all rows
    RowCounts lived;              // of the touched rows, without `fresh`
    std::vector<ByteView> fresh;  // the suffixes touched since these counts
  };

  static constexpr uint32_t kNone = ~uint32_t{0};

  explicit Table(const HashKey& key);

  // --- entries, in order of insertion ---
  size_t size() const { return entries_.size(); }
  const Entry& at(size_t index) const { return *entries_[index]; }
  Entry& at(size_t index) { return *entries_[index]; }
  uint32_t index_of(ByteView prefix) const;  // kNone: no entry
  const Entry* find(ByteView prefix) const;
  // The key's entry, made if there is none, and put on the census's list.
  Entry& touch(ByteView prefix);

  // --- writing ---
  void write(Entry& entry, ByteView suffix, ByteView bytes);
  // REQUIRES that `row` is the entry's touched row of this suffix.
  void write(Entry& entry, ByteView suffix, RowBytes& row, ByteView bytes);
  void make_complete(Entry& entry);
  void erase_untouched(Entry& entry, const Operation& op);
  void add_range(ByteView prefix, const Operation& op, bool total);

  // --- untouched rows; `entry` is the key's, or null ---
  bool hides(const Entry* entry, ByteView prefix) const;
  bool erases(const Entry* entry, ByteView prefix) const;
  void erase(const Entry* entry, ByteView prefix, Lives& row) const;
  void erase_by_ranges(ByteView prefix, Lives& row) const;
  std::span<const Range> ranges() const { return ranges_; }

  uint64_t bytes() const;
  bool empty() const { return entries_.empty() && ranges_.empty(); }
  Census& census() { return census_; }
  // By index of the entry.
  std::unordered_map<uint32_t, Counted>& counted() { return counted_; }

 private:
  // A pointer to an entry in 48 bits, 16 bits of its hash above: one memory access less than an index, and comparing
  // the hash bits avoids reading most entries of other keys. 0: empty.
  using Slot = uint64_t;
  static constexpr uint64_t kPointerMask = (uint64_t{1} << 48) - 1;
  static Slot slot_of(Entry* entry);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): it saves the access
  static Entry* entry_of(Slot slot) { return reinterpret_cast<Entry*>(slot & kPointerMask); }

  size_t find_slot(uint32_t hash, ByteView prefix) const;
  void grow();
  ByteView keep(ByteView bytes);
  void write(RowBytes& row, ByteView bytes);

  KeyHash hash_;
  Arena arena_;
  std::vector<Slot> slots_;
  unsigned shift_;  // a hash's slot is its top bits, so that doubling keeps the order
  std::vector<Entry*> entries_;
  std::unordered_map<const Entry*, std::vector<Erasure>> erasures_;
  std::vector<Range> ranges_;
  Census census_;
  std::unordered_map<uint32_t, Counted> counted_;
};

// Walks the touched rows of one entry in order of suffix, from the first at or after `from`.
class TouchedRows {
 public:
  explicit TouchedRows(const Table::Entry* entry, ByteView from = {});
  bool valid() const { return reg_ || (entry_ && entry_->rows && other_ != entry_->rows->by_suffix.end()); }
  ByteView suffix() const { return at_reg() ? kRegisterSuffix : other_->first; }
  ByteView bytes() const { return at_reg() ? entry_->reg.view() : other_->second.view(); }
  void next();

 private:
  bool at_reg() const;
  const Table::Entry* entry_;
  bool reg_;  // the register row is still to come
  std::pmr::map<ByteView, Table::RowBytes>::const_iterator other_;
};

}  // namespace tutti
