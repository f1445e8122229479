#include "storage/table/key_census.h"

#include "tests/storage/table/written_layers.h"

using namespace tutti;

namespace {

uint64_t keys_of(const WrittenLayers& node) {
  const auto keys = count_keys(node.layers, node.sums.keys);
  REQUIRE(keys);
  return *keys;
}

// On disk, and in both tables.
WrittenLayers& fill(WrittenLayers& node) {
  for (int i = 0; i < 20; ++i) node.write_any();
  node.settle();
  for (int i = 0; i < 10; ++i) node.write_any();
  node.freeze();
  for (int i = 0; i < 10; ++i) node.write_any();
  return node;
}

}  // namespace

TEST_CASE("the keys counted are those that live, whatever was written, frozen and merged since",
          "[key_census]") {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    WrittenLayers node(seed);
    for (int step = 0; step < 120; ++step) {
      node.step();
      // Not at every step: a census finds many changes, or few.
      if (node.random() % (1 + seed % 7) == 0) REQUIRE(keys_of(node) == node.live_keys().size());
    }
    REQUIRE(keys_of(node) == node.live_keys().size());
  }
}

TEST_CASE("what was counted once is not read again", "[key_census]") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    WrittenLayers node(seed);
    const uint64_t keys = keys_of(fill(node));
    node.disk->fail_one(MemoryDisk::Operation::kRead);
    CHECK(keys_of(node) == keys);
  }
}

TEST_CASE("after a FLUSHALL that has seen all, keys are counted without the disk", "[key_census]") {
  WrittenLayers node;
  for (const char* key : {"a", "b", "c"})
    REQUIRE(
        node.write(node.operation(1, {}, {{Edit::Scope::kKey, key_prefix(key), value_payload("1"), {}}})));
  node.settle();
  REQUIRE(keys_of(node) == 3);
  REQUIRE(node.write(node.operation(1, node.clock, {{Edit::Scope::kPrefix, "", {}, {}}})));
  node.disk->fail_one(MemoryDisk::Operation::kRead);
  CHECK(keys_of(node) == 0);
  REQUIRE(node.write(
      node.operation(2, node.clock, {{Edit::Scope::kKey, key_prefix("b"), value_payload("2"), {}}})));
  CHECK(keys_of(node) == 1);
  CHECK(node.disk->failing());
}

TEST_CASE("a count that the disk interrupts is an error, and right when it is made again", "[key_census]") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    WrittenLayers node(seed);
    fill(node);
    node.disk->fail_one(MemoryDisk::Operation::kRead, node.random() % 20);
    if (const auto keys = count_keys(node.layers, node.sums.keys); !keys) {
      CHECK(keys.error().code == ErrorCode::kIo);
    }
    node.disk->heal();
    REQUIRE(keys_of(node) == node.live_keys().size());
  }
}
