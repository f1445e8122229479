#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "storage/model/payload.h"
#include "storage/store/memory_store.h"
#include "storage/table/blind_writer.h"
#include "storage/table/layers.h"
#include "storage/table/merge_pass.h"
#include "tests/storage/model/state_definition.h"

namespace tutti {

// A node's layers and their writer, without log and threads, and the definition of the state that they must show. Three
// actors write; each has seen this node's state of now, or of some time ago.
// Loses: nothing. Fails: reads of the disk, when `disk` is told to.
struct WrittenLayers {
  static constexpr HashKey kKey{5, 6, 7, 8};

  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  MemoryStore store{disk};
  Layers layers;
  BlindWriter writer{layers};
  VersionVector clock;
  Marker sums;  // of the rows on disk
  StateDefinition state{all_rows()};
  uint64_t freezes = 0;

  explicit WrittenLayers(uint64_t seed = 1) : random(seed) {
    layers.tables = {std::make_shared<Table>(kKey), std::make_shared<Table>(kKey)};
    layers.put_below(store.rows());
  }
  WrittenLayers(const WrittenLayers&) = delete;

  // --- the state it has ---
  static const std::vector<std::string>& keys() {
    static const std::vector<std::string> all{"a", "ab", "abc", "b", std::string("a\0x", 3), "c", "d"};
    return all;
  }
  static std::vector<std::string> all_rows() {
    std::vector<std::string> rows;
    for (const auto& key : keys()) {
      rows.push_back(row_key(key, RowKind::kHashField, "f"));
      rows.push_back(row_key(key, RowKind::kRegister));
      rows.push_back(row_key(key, RowKind::kSetMember, "m"));
      rows.push_back(row_key(key, RowKind::kKeyExpiry));
    }
    return rows;
  }
  std::set<std::string> live_keys() const { return state.live_keys(clock); }

  // --- writing ---
  // An operation of this actor, which has seen `seen` and all its own operations.
  Operation operation(uint64_t actor, const VersionVector& seen, std::vector<Edit> edits) {
    VersionVector past = seen;
    past.remove(ActorId{actor});
    return {{ActorId{actor}, Counter{clock.get(ActorId{actor}).value + 1}},
            Hlc{++hlc_},
            std::make_shared<const VersionVector>(std::move(past)),
            std::move(edits)};
  }
  Result<> write(const Operation& op) {
    REQUIRE(!find_fault(op));
    REQUIRE(op.ready_at(clock));
    state.add(op);
    auto written = writer.write(op);
    clock.raise(op.dot);
    return written;
  }
  // A random operation of a random actor.
  void write_any() {
    const uint64_t actor = 1 + random() % 3;
    if (random() % 3 != 0) seen_by_[actor] = clock;
    std::vector<Edit> edits;
    for (uint64_t left = random() % 4 == 0 ? 3 : 1; left > 0; --left) edits.push_back(any_edit(actor));
    const Operation op = operation(actor, seen_by_[actor], std::move(edits));
    REQUIRE(write(op));
  }

  // --- merging ---
  // REQUIRES layers.previous_merged.
  void freeze() {
    REQUIRE(layers.previous_merged);
    layers.tables = {std::make_shared<Table>(kKey), layers.tables[Layers::kCurrent]};
    layers.previous_merged = false;
    writer.begin_table(clock);
    frozen = clock;
    ++freezes;
  }
  void merge() {
    auto out = store.begin_merge();
    REQUIRE(out);
    REQUIRE(MergePass(layers.previous(), *layers.disk, kKey, **out, sums).run());
    REQUIRE((*out)->commit(Position{0}, "merged"));
    layers.put_below(store.rows());
    layers.previous_merged = true;
  }
  // Writes, freezes and merges, as it comes.
  void step() {
    const uint64_t what = random() % 12;
    if (what > 1 || (what == 0) != layers.previous_merged) return write_any();
    if (what == 0) {
      freeze();
    } else {
      merge();
    }
  }
  // Moves everything to disk; then the tables are empty.
  void settle() {
    if (!layers.previous_merged) merge();
    freeze();
    merge();
    freeze();
    merge();
  }

  std::mt19937_64 random;
  VersionVector frozen;  // the clock at the last freeze

 private:
  Edit any_edit(uint64_t actor) {
    const std::string& row = state.row_keys()[random() % state.row_keys().size()];
    const std::string key = row.substr(0, key_prefix_size(row));
    const std::string value =
        value_payload("v" + std::to_string(++values_) + std::string(random() % 30, '.'));
    switch (random() % 10) {
      case 0:
      case 1: return {Edit::Scope::kKey, key, value, {}};
      case 2:
      case 3: return {Edit::Scope::kKey, key, {}, {}};
      case 4: return {Edit::Scope::kRow, row, {}, {}};
      case 5: {
        std::vector<Dot> replaced;
        for (const auto& [dot, payload] : state.row(seen_by_[actor], row)) {
          if (random() % 2 == 0) replaced.push_back(dot);
        }
        return {Edit::Scope::kRow, row, random() % 2 ? std::optional(value) : std::nullopt,
                std::move(replaced)};
      }
      case 6: {
        static const std::vector<std::string> prefixes{"", "a", "ab", "b", std::string("a\0\xFF", 3)};
        if (random() % 3 == 0) return {Edit::Scope::kPrefix, prefixes[random() % prefixes.size()], {}, {}};
        [[fallthrough]];
      }
      default: return {Edit::Scope::kRow, row, value, {}};
    }
  }

  std::map<uint64_t, VersionVector> seen_by_;  // by each actor
  uint64_t hlc_ = 1000, values_ = 0;
};

// A row's bytes in the form of the definition. Empty: they are no canonical row. A row that should hold something never
// looks like that.
inline StateDefinition::Row row_held(ByteView bytes) {
  StateDefinition::Row held;
  Lives lives;
  if (!decode_row(bytes, lives)) return held;
  for (const Live& live : lives) held[live.dot] = {live.hlc, std::string(live.payload), 0};
  return held;
}

// All rows of a snapshot, by key.
inline std::map<std::string, std::string> rows_of(const RowsSnapshot& snapshot) {
  std::map<std::string, std::string> rows;
  const auto cursor = snapshot.cursor();
  REQUIRE(cursor->seek({}));
  while (cursor->valid()) {
    rows.emplace(cursor->key(), cursor->value());
    REQUIRE(cursor->next());
  }
  return rows;
}

}  // namespace tutti
