#include "storage/store/memory_store.h"

#include <catch2/catch.hpp>

#include "tests/storage/store/store_conformance.h"

namespace tutti {
namespace {

TEST_CASE("a memory store does what every store must", "[store]") {
  std::shared_ptr<MemoryDisk> disk;
  check_store_conformance(
      [&] {
        disk = std::make_shared<MemoryDisk>();
        return std::make_unique<MemoryStore>(disk);
      },
      [&](std::unique_ptr<Store> old) {
        old.reset();
        return std::make_unique<MemoryStore>(disk);
      });
}

TEST_CASE("a memory disk has nothing in memory when it is told so", "[store]") {
  auto disk = std::make_shared<MemoryDisk>();
  MemoryStore store(disk);
  StoreConformance::merge(store, {{StoreConformance::key_row(1, "r"), "one"}}, {}, {0}, "m");
  const auto snapshot = store.rows();
  const auto cursor = snapshot->key_cursor(Tier::kMemory);
  const std::string at = StoreConformance::key_row(1, "r");
  std::string value;
  int asked = 0;
  disk->set_memory_misses([&] { return ++asked % 2 == 1; });
  CHECK(snapshot->get(at, value, Tier::kMemory).error().code == ErrorCode::kUnavailable);
  CHECK(snapshot->get(at, value, Tier::kMemory).value());
  CHECK(cursor->seek(at).error().code == ErrorCode::kUnavailable);
  CHECK_FALSE(cursor->valid());
  CHECK(cursor->seek(at));
  CHECK(cursor->valid());
  CHECK(cursor->next().error().code == ErrorCode::kUnavailable);
  CHECK_FALSE(cursor->valid());
  CHECK(asked == 5);
  CHECK(snapshot->get(at, value).value());
  CHECK(snapshot->key_cursor()->seek(at));
  CHECK(asked == 5);
  disk->set_memory_misses({});
  CHECK(snapshot->get(at, value, Tier::kMemory).value());
}

TEST_CASE("a power loss takes records not synced, and nothing else", "[store]") {
  auto disk = std::make_shared<MemoryDisk>();
  MemoryStore store(disk);
  REQUIRE(store.append({1}, "one"));
  REQUIRE(store.sync());
  REQUIRE(store.append({2}, "two"));
  REQUIRE(store.append({3}, "three"));
  REQUIRE(store.meta_put("floor", "f"));
  auto merge = store.begin_merge();
  REQUIRE(merge);
  REQUIRE((*merge)->put("row", "value"));
  const auto backup = disk->clone();

  disk->power_loss(1);
  CHECK((*merge)->commit({1}, "m").error().code == ErrorCode::kIo);
  CHECK(store.append({4}, "four").error().code == ErrorCode::kIo);
  MemoryStore after(disk);
  CHECK(after.last_position() == Position{2});
  CHECK(after.rows()->marker().empty());
  CHECK(after.meta_get("floor").value() == "f");

  MemoryStore restored(backup);
  CHECK(restored.last_position() == Position{3});
}

TEST_CASE("a merge makes the log durable up to its position", "[store]") {
  auto disk = std::make_shared<MemoryDisk>();
  MemoryStore store(disk);
  for (uint64_t i = 1; i <= 5; ++i) REQUIRE(store.append({i}, "record"));
  auto merge = store.begin_merge();
  REQUIRE((*merge)->commit({3}, "m"));
  disk->power_loss();
  CHECK(MemoryStore(disk).last_position() == Position{3});
}

TEST_CASE("rows changed at random are those of a std::map", "[store]") {
  uint64_t state = 7;
  const auto next = [&] { return (state = state * 6364136223846793005ull + 1442695040888963407ull) >> 33; };
  std::map<std::string, std::string> model;
  PersistentRows rows;
  for (int round = 0; round < 200; ++round) {
    std::map<std::string, std::optional<std::string>> picked;
    const uint64_t size = round % 10 == 0 ? 300 : next() % 6;
    for (uint64_t i = 0; i < size; ++i) {
      auto& value = picked[std::to_string(next() % 2000)];
      if (next() % 3 != 0) value = std::to_string(next());
    }
    std::vector<PersistentRows::Change> changes;
    for (const auto& [key, value] : picked) {
      changes.push_back({key, value});
      if (value) {
        model[key] = *value;
      } else {
        model.erase(key);
      }
    }
    const PersistentRows before = rows;
    const size_t size_before = before.size();
    rows = rows.with(changes);
    REQUIRE(rows.size() == model.size());
    REQUIRE(before.size() == size_before);
    auto at = rows.lower_bound({});
    for (const auto& [key, value] : model) {
      REQUIRE((rows.valid(at) && rows.at(at).key == key && rows.at(at).value == value));
      at = rows.next(at);
    }
    REQUIRE_FALSE(rows.valid(at));
  }
}

TEST_CASE("the record amid which the power went is torn, and dropped at the next open", "[store]") {
  for (const double share : {0.0, 0.3, 0.999, 1.0}) {
    auto disk = std::make_shared<MemoryDisk>();
    {
      MemoryStore store(disk);
      REQUIRE(store.append({1}, "the first one"));
      REQUIRE(store.sync());
      REQUIRE(store.append({2}, "the second one"));
      REQUIRE(store.append({3}, "the third one"));
      disk->power_loss(1, share);
    }
    MemoryStore after(disk);
    CHECK(after.last_position() == Position{2});
    CHECK(after.log_bytes() == 27);
    CHECK(!disk->lost_record());
    CHECK(after.append({3}, "another third one"));
    const auto log = after.read_log({3});
    REQUIRE(log);
    CHECK((*log)->record() == "another third one");
  }
}

TEST_CASE("an error of one operation comes once, where it was told to", "[store]") {
  using Operation = MemoryDisk::Operation;
  auto disk = std::make_shared<MemoryDisk>();
  MemoryStore store(disk);
  disk->fail_one(Operation::kAppend, 1);
  CHECK(store.append({1}, "one"));
  CHECK(store.append({2}, "two").error().code == ErrorCode::kIo);
  CHECK(store.append({2}, "two"));
  disk->fail_one(Operation::kSync);
  CHECK(disk->failing());
  CHECK(store.sync().error().code == ErrorCode::kIo);
  CHECK(disk->unsynced() == 2);
  CHECK(!disk->failing());
  CHECK(store.sync());
  disk->fail_one(Operation::kRead);
  CHECK(store.read_log({1}).error().code == ErrorCode::kIo);
  CHECK(store.read_log({1}));
}

TEST_CASE("a bit that turned over is never read, wherever it is", "[store]") {
  using Part = MemoryDisk::Part;
  auto disk = std::make_shared<MemoryDisk>();
  MemoryStore store(disk);
  CHECK(!disk->flip_bit(Part::kRows, 1));
  for (uint64_t i = 1; i <= 3; ++i) REQUIRE(store.append({i}, "record"));
  REQUIRE(store.sync());
  REQUIRE(store.meta_put("floor", "f"));
  auto merge = store.begin_merge();
  REQUIRE((*merge)->put("row", "value"));
  REQUIRE((*merge)->commit({3}, "m"));
  const auto held = store.rows();
  const auto backup = disk->clone();

  REQUIRE(disk->flip_bit(Part::kRows, 12345));
  REQUIRE(disk->flip_bit(Part::kLog, 3 * 7 + 1));  // the second record
  REQUIRE(disk->flip_bit(Part::kMeta, 5));
  CHECK(disk->damaged());
  CHECK(!disk->readable());
  std::string value;
  CHECK(held->get("row", value).error().code == ErrorCode::kCorrupt);
  CHECK(held->cursor()->seek("").error().code == ErrorCode::kCorrupt);
  CHECK(store.meta_get("floor").error().code == ErrorCode::kCorrupt);
  auto log = store.read_log({1});
  REQUIRE(log);
  CHECK((*log)->next().error().code == ErrorCode::kCorrupt);
  CHECK(MemoryStore(disk).last_position() == Position{3});

  CHECK(backup->readable());
  CHECK(!backup->damaged());
}

TEST_CASE("a newest record that was synced and is damaged is taken for a torn one, and the disk knows",
          "[store]") {
  auto disk = std::make_shared<MemoryDisk>();
  MemoryStore store(disk);
  REQUIRE(store.append({1}, "one"));
  REQUIRE(store.sync());
  REQUIRE(disk->flip_bit(MemoryDisk::Part::kLog, 0));
  CHECK(MemoryStore(disk).last_position() == Position{0});
  CHECK(disk->lost_record());
}

}  // namespace
TEST_CASE("memory store: a full disk says so before a write fails, or after it where it fills suddenly") {
  for (const bool sudden : {false, true}) {
    auto disk = std::make_shared<MemoryDisk>();
    auto store = std::make_unique<MemoryStore>(disk);
    REQUIRE(store->append({1}, "one"));
    disk->fill(sudden);
    CHECK(store->room(1, 0).has_value() == sudden);
    if (sudden) CHECK(store->append({2}, "two").error().code == ErrorCode::kFull);
    CHECK(store->room(1, 0).error().code == ErrorCode::kFull);
    CHECK(store->resume().error().code == ErrorCode::kFull);
    CHECK(store->sync());
    CHECK(store->last_position() == Position{1});
    disk->heal();
    const auto resumed = store->resume();
    if (sudden) {
      CHECK(resumed.error().code == ErrorCode::kUnavailable);
      CHECK_FALSE(store->append({2}, "two"));
      store = std::make_unique<MemoryStore>(disk);
    }
    CHECK(store->resume());
    CHECK(store->room(1, 0));
    CHECK(store->append({2}, "two"));
  }
}

}  // namespace tutti
