#include "storage/table/row_census.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "storage/database.h"
#include "storage/model/payload.h"
#include "tests/storage/store/watched_store.h"

using namespace tutti;

namespace {

constexpr HashKey kKey{3, 1, 4, 1};

std::string field(uint64_t i) { return "f" + std::to_string(1000 + i); }

// A database over a disk in memory, that outlives it.
struct Node {
  explicit Node(uint64_t cache_bytes = 64u << 20) {
    options.read_cache_bytes = cache_bytes;
    open();
  }
  void open() {
    merge.reset();
    outcome.reset();
    db.reset();
    store = std::make_unique<WatchedStore>(disk);
    store->on_merged_row = [this] { on_merged_row(); };
    auto opened = Database::open(*store, kKey, options);
    REQUIRE(opened);
    db = *std::move(opened);
  }
  void apply(const Operation& op) {
    REQUIRE(db->apply(op));
    REQUIRE(db->commit());
  }
  void write(std::vector<Edit> edits) {
    const ActorId actor{9};
    VersionVector past = db->clock();
    past.remove(actor);
    apply({{actor, Counter{db->clock().get(actor).value + 1}},
           Hlc{1},
           std::make_shared<const VersionVector>(std::move(past)),
           std::move(edits)});
  }
  void put_fields(ByteView key, uint64_t from, uint64_t to) {
    for (uint64_t at = from; at < to; at += 100) {
      std::vector<Edit> edits;
      for (uint64_t i = at; i < std::min(to, at + 100); ++i)
        edits.push_back(
            {Edit::Scope::kRow, row_key(key, RowKind::kHashField, field(i)), value_payload("v"), {}});
      write(std::move(edits));
    }
  }
  void remove_field(ByteView key, uint64_t i) {
    write({{Edit::Scope::kRow, row_key(key, RowKind::kHashField, field(i)), {}, {}}});
  }

  // Begins a merge, runs it, finishes it, in turn.
  void merge_step() {
    if (!merge) {
      merge = db->begin_merge();
    } else if (!outcome) {
      outcome = merge->run();
    } else {
      REQUIRE(db->finish_merge(std::move(merge), *std::exchange(outcome, {})));
    }
  }
  void merge_whole() {
    while (merge) merge_step();
    for (int i = 0; i < 3; ++i) merge_step();
  }

  uint64_t fields(ByteView key) { return count(key, RowKind::kHashField); }
  uint64_t count(ByteView key, RowKind kind) {
    const auto counted = db->count_rows(key_prefix(key), kind);
    REQUIRE(counted);
    return *counted;
  }
  uint64_t walk(ByteView key, RowKind kind) {
    uint64_t rows = 0;
    REQUIRE(db->read_key(key_prefix(key), [&](const RowKeyParts& parts, const Lives&) {
      rows += parts.kind == kind;
      return true;
    }));
    return rows;
  }

  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  Database::Options options;
  std::function<void()> on_merged_row = [] {};
  std::unique_ptr<WatchedStore> store;
  std::unique_ptr<Database> db;
  std::unique_ptr<Database::Merge> merge;
  std::optional<Result<>> outcome;
};

// One node that merges, starts anew and counts; beside it another of the same clock that never merges, has no
// cache, and walks. Three actors write, each having seen what the nodes hold now, or what they held some time ago.
struct Pair {
  Pair(uint64_t seed, uint64_t cache_bytes) : random(seed), node(cache_bytes) {}

  uint64_t below(uint64_t n) { return random() % n; }
  const std::string& any_key() {
    static const std::vector<std::string> keys{"a", "ab", "b"};
    return keys[below(keys.size())];
  }

  void write() {
    const ActorId actor{1 + below(3)};
    VersionVector& seen = seen_by[actor];
    if (below(4) != 0) seen = node.db->clock();
    VersionVector past = seen;
    past.remove(actor);
    const Operation op{{actor, Counter{node.db->clock().get(actor).value + 1}},
                       Hlc{++hlc},
                       std::make_shared<const VersionVector>(std::move(past)),
                       any_edits()};
    node.apply(op);
    slow.apply(op);
  }
  std::vector<Edit> any_edits() {
    const std::string& key = any_key();
    const uint64_t what = below(40);
    if (what == 0) return {{Edit::Scope::kPrefix, std::array{"", "a", "b"}[below(3)], {}, {}}};
    if (what < 3) return {{Edit::Scope::kKey, key_prefix(key), {}, {}}};
    if (what < 4) return {{Edit::Scope::kKey, key_prefix(key), value_payload("v"), {}}};
    const bool puts = what < 28;
    std::vector<Edit> edits;
    const uint64_t from = below(kSubkeys);
    for (uint64_t i = 0, n = 1 + below(below(3) == 0 ? 200 : 4); i < n; ++i) {
      const RowKind kind = what % 4 == 0 ? RowKind::kSetMember : RowKind::kHashField;
      edits.push_back({Edit::Scope::kRow,
                       row_key(key, kind, field((from + i) % kSubkeys)),
                       puts ? std::optional(value_payload("v")) : std::nullopt,
                       {}});
    }
    return edits;
  }

  // Rows of somebody that neither has heard of, joined into both.
  void join() {
    Node source;
    const ActorId actor{100 + ++sources};
    for (Counter counter{1}; counter.value < 4; ++counter.value) {
      VersionVector past = source.db->clock();
      past.remove(actor);
      source.apply({{actor, counter},
                    Hlc{++hlc},
                    std::make_shared<const VersionVector>(std::move(past)),
                    any_edits()});
    }
    source.merge_whole();
    std::vector<StagedRow> rows;
    const auto cursor = source.db->merged()->snapshot->cursor();
    auto moved = cursor->seek({});
    for (; moved && cursor->valid(); moved = cursor->next())
      rows.push_back({std::string(cursor->key()), std::string(cursor->value())});
    REQUIRE(moved);
    for (Node* joins : {&node, &slow}) REQUIRE(joins->db->join(source.db->clock(), rows));
  }

  void step() {
    const uint64_t what = below(40);
    if (what < 24) {
      write();
    } else if (what < 32) {
      node.merge_step();
    } else if (what < 34) {
      (void)node.walk(any_key(), RowKind::kHashField);
    } else if (what < 35) {
      node.open();
    } else if (what < 36) {
      join();
    } else if (what < 38 && !node.merge) {
      const auto warm = node.db->warm_cache();
      if (below(2) == 0) node.merge_step();
      REQUIRE(warm());
    }
  }
  void check() {
    const std::string& key = any_key();
    const RowKind kind = below(3) == 0 ? RowKind::kSetMember : RowKind::kHashField;
    REQUIRE(node.count(key, kind) == slow.walk(key, kind));
  }

  static constexpr uint64_t kSubkeys = 350;
  std::mt19937_64 random;
  Node node;
  Node slow{0};
  std::map<ActorId, VersionVector> seen_by;
  uint64_t hlc = 1000, sources = 0;
};

}  // namespace

TEST_CASE("the rows counted are those that live, whatever was written, frozen, merged and joined since",
          "[row_census]") {
  for (uint64_t seed = 1; seed <= 90; ++seed) {
    INFO("seed " << seed);
    Pair pair(seed, std::array<uint64_t, 3>{64u << 20, 64u << 10, 0}[seed % 3]);
    // Also amid a merge, which has changed what is cached of some keys by then.
    int rows = 0;
    pair.node.on_merged_row = [&] {
      if (++rows % 16 == 0) pair.check();
    };
    for (int step = 0; step < 150; ++step) {
      pair.step();
      // Not at every step: a count finds many changes, or few.
      if (pair.below(1 + seed % 4) == 0) pair.check();
    }
  }
}

TEST_CASE("a large hash is walked for its first count alone", "[row_census]") {
  constexpr uint64_t kFields = 1000;
  Node node;
  const auto counted_in = [&](uint64_t fields) {
    const size_t before = node.store->looks();
    CHECK(node.fields("k") == fields);
    return node.store->looks() - before;
  };
  node.put_fields("k", 0, kFields);
  CHECK(counted_in(kFields) < 4);
  CHECK(counted_in(kFields) == 0);

  SECTION("amid a merge, and after it") {
    node.merge_step();
    CHECK(counted_in(kFields) < 4);
    node.put_fields("k", kFields, kFields + 2);
    CHECK(counted_in(kFields + 2) < 8);
    node.merge_step();
    node.remove_field("k", 0);
    CHECK(counted_in(kFields + 1) < 8);
    node.merge_step();
    CHECK(counted_in(kFields + 1) == 0);
    node.remove_field("k", 1);
    CHECK(counted_in(kFields) < 4);
    node.merge_whole();
    CHECK(counted_in(kFields) == 0);
  }
  SECTION("after a start") {
    node.merge_whole();
    node.open();
    CHECK(counted_in(kFields) > kFields);
    CHECK(counted_in(kFields) == 0);
    node.remove_field("k", 1);
    CHECK(counted_in(kFields - 1) < 4);
    node.merge_whole();
    CHECK(counted_in(kFields - 1) == 0);
  }
  SECTION("not at all once the cache is warm") {
    node.merge_whole();
    node.open();
    REQUIRE(node.db->warm_cache()());
    CHECK(counted_in(kFields) == 0);
  }
  SECTION("not at all after another read of all of it") {
    node.merge_whole();
    node.open();
    CHECK(node.walk("k", RowKind::kHashField) == kFields);
    CHECK(counted_in(kFields) == 0);
  }
}

TEST_CASE("without a cache the table above remembers the count", "[row_census]") {
  constexpr uint64_t kFields = 1000;
  Node node(0);
  node.put_fields("k", 0, kFields);
  node.merge_whole();
  node.remove_field("k", 3);
  CHECK(node.fields("k") == kFields - 1);
  node.remove_field("k", 4);
  const size_t before = node.store->looks();
  CHECK(node.fields("k") == kFields - 2);
  CHECK(node.store->looks() - before <= 1);
}

TEST_CASE("a count that the disk interrupts is an error", "[row_census]") {
  Node node(0);
  node.put_fields("k", 0, 300);
  node.merge_whole();
  node.remove_field("k", 3);
  node.disk->fail_one(MemoryDisk::Operation::kRead, 5);
  const auto failed = node.db->count_rows(key_prefix("k"), RowKind::kHashField);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ErrorCode::kIo);
  CHECK(node.fields("k") == 299);
}
