#include <catch2/catch.hpp>
#include <filesystem>

#include "storage/store/rocks_store.h"
#include "tests/storage/store/fault_file_system.h"
#include "tests/storage/store/temporary_directory.h"

using namespace tutti;

namespace {

// A store on a disk that fills up when told to.
struct FullDiskCase {
  FullDiskCase() : disk(std::make_shared<FaultFileSystem>(root / "trash", 1)) {
    options.environment = std::make_shared<FaultEnvironment>(disk);
    open();
  }
  void open() {
    auto opened = open_rocks_store(root / "db", options);
    INFO((opened ? "" : opened.error().message));
    REQUIRE(opened);
    store = std::move(*opened);
  }
  void open_anew() {
    store.reset();
    open();
  }
  std::string records() {
    std::string out;
    auto log = store->read_log({1});
    REQUIRE(log);
    while ((*log)->valid()) {
      out += std::string((*log)->record()) + " ";
      REQUIRE((*log)->next());
    }
    return out;
  }

  const TemporaryDirectory root;
  const std::shared_ptr<FaultFileSystem> disk;
  RocksStoreOptions options;
  std::unique_ptr<Store> store;
};

}  // namespace

TEST_CASE("rocks full disk: RocksDB keeps no file of remarks that could fail") {
  FullDiskCase node;
  CHECK_FALSE(std::filesystem::exists(node.root / "db/LOG"));
}

TEST_CASE("rocks full disk: a start without any room says so and changes nothing") {
  FullDiskCase node;
  REQUIRE(node.store->append({1}, "one"));
  node.store.reset();
  node.disk->set_full(true);
  const auto refused = open_rocks_store(node.root / "db", node.options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kFull);
  CHECK_THAT(refused.error().message, Catch::Contains("Free space"));
  node.disk->set_full(false);
  node.open();
  CHECK(node.store->last_position() == Position{1});
}

TEST_CASE("rocks full disk: a start with little room reads all, and writes once there is more") {
  FullDiskCase node;
  for (uint64_t at = 1; at <= 3; ++at) REQUIRE(node.store->append({at}, std::to_string(at)));
  node.store.reset();
  node.disk->set_free(1);
  node.open();
  CHECK(node.records() == "1 2 3 ");
  CHECK(node.store->room(1, 0).has_value());  // looked at now and then
  CHECK(node.store->room(0, 0).error().code == ErrorCode::kFull);
  CHECK(node.store->resume().error().code == ErrorCode::kFull);
  node.disk->set_full(false);
  REQUIRE(node.store->resume());
  CHECK(node.store->room(0, 0));
  REQUIRE(node.store->append({4}, "4"));
  node.disk->cut_power_after(0);
  node.store.reset();
  node.disk->lose_unsynced();
  node.open();
  CHECK_THAT(node.records(), Catch::StartsWith("1 2 3 "));
}

TEST_CASE("rocks full disk: what waits in memory to be written counts as taken") {
  FullDiskCase node;
  node.disk->set_free(node.options.room_low_bytes + (8 << 20));
  CHECK(node.store->room(0, 1 << 20));
  CHECK(node.store->room(0, 16 << 20).error().code == ErrorCode::kFull);
  for (uint64_t at = 1; at <= 16; ++at) REQUIRE(node.store->append({at}, std::string(1 << 20, 'x')));
  CHECK(node.store->room(0, 0).error().code == ErrorCode::kFull);
}

TEST_CASE("rocks full disk: more room is wanted to go on than to stop") {
  FullDiskCase node;
  node.disk->set_free(node.options.room_low_bytes + (8 << 20));
  CHECK(node.store->room(0, 0));
  CHECK(node.store->resume().error().code == ErrorCode::kFull);
  node.disk->set_free(node.options.room_low_bytes - 1);
  const auto refused = node.store->room(0, 0);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message,
             Catch::Contains("31 MiB are free") && Catch::Contains("go on by themselves"));
  REQUIRE(node.store->append({1}, "what was admitted before"));
  node.disk->set_free(node.options.room_high_bytes + (8 << 20));
  CHECK(node.store->resume());
}

// The disk fills amid all that a store does. Nothing aborts, and what append() took is there.
TEST_CASE("rocks full disk: opened anew it has exactly the records it took") {
  FullDiskCase node;
  node.options.log_file_bytes = 64 << 10;
  node.open_anew();
  uint64_t last = 0;
  uint64_t merged = 0;
  size_t refusals = 0;
  size_t opened_anew = 0;
  const auto note = [&](const Result<>& outcome) {
    if (outcome) return true;
    INFO(outcome.error().message);
    REQUIRE(outcome.error().code == ErrorCode::kFull);
    ++refusals;
    return false;
  };
  for (int round = 0; round < 60; ++round) {
    const size_t size = round % 3 == 0 ? 20'000 : 10;
    for (int i = 0; i < 5; ++i) {
      if (!note(node.store->append({last + 1}, std::string(size, static_cast<char>('a' + round % 26)))))
        break;
      ++last;
      if (i == 1 && round % 4 == 1) node.disk->set_full(true);
    }
    note(node.store->sync());
    if (round % 4 == 2) node.disk->set_full(true);
    note(node.store->meta_put("name", std::to_string(round)));
    if (auto merge = node.store->begin_merge(); !merge) {
      note(std::unexpected(merge.error()));
    } else if (note((*merge)->put("key", std::to_string(round))) &&
               note((*merge)->commit({last}, "marker"))) {
      merged = last;
    }
    if (merged > 3) note(node.store->cut_log({merged - 3}));
    node.disk->set_full(false);
    const auto resumed = node.store->resume();
    if (resumed) continue;
    REQUIRE(resumed.error().code == ErrorCode::kUnavailable);
    ++opened_anew;
    node.open_anew();
    REQUIRE(node.store->last_position() == Position{last});
  }
  CHECK(refusals > 60);
  CHECK(opened_anew > 10);
}
