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

TEST_CASE("rocks full disk: a start says so and changes nothing") {
  FullDiskCase node;
  REQUIRE(node.store->append({1}, "one"));
  node.store.reset();
  node.disk->set_full(true);
  const auto refused = open_rocks_store(node.root / "db", node.options);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("Free space"));
  node.disk->set_full(false);
  node.open();
  CHECK(node.store->last_position() == Position{1});
}
