#include <catch2/catch.hpp>
#include <cstdlib>

#include "storage/store/rocks_store.h"
#include "tests/storage/database_model.h"
#include "tests/storage/store/fault_file_system.h"
#include "tests/storage/store/temporary_directory.h"

namespace tutti {
namespace {

// Loses: what RocksDB had not synced (fault_file_system.h). Cannot be cloned: no backups in these runs.
class RocksModelDisk final : public ModelDisk {
 public:
  explicit RocksModelDisk(uint64_t seed)
      : disk_(std::make_shared<FaultFileSystem>(root_ / "trash", seed)),
        environment_(std::make_shared<FaultEnvironment>(disk_)) {}

  std::unique_ptr<Store> open() override {
    if (!disk_->powered()) disk_->lose_unsynced();
    RocksStoreOptions options;
    options.environment = environment_;
    auto store = open_rocks_store(root_ / "db", options);
    if (!store) throw std::runtime_error("opening: " + store.error().message);
    return std::move(*store);
  }
  void power_loss(uint64_t) override { disk_->cut_power_after(0); }

 private:
  TemporaryDirectory root_;
  std::shared_ptr<FaultFileSystem> disk_;
  std::shared_ptr<FaultEnvironment> environment_;
};

// TUTTI_SEED=n runs one seed.
TEST_CASE("a database on RocksDB shows what its clock stands for, whatever happens to it",
          "[database][model]") {
  const char* one = std::getenv("TUTTI_SEED");
  const uint64_t first = one ? std::strtoull(one, nullptr, 10) : 1;
  for (uint64_t seed = first; seed < first + (one ? 1 : 6); ++seed) {
    uint64_t disks = 0;
    DatabaseModel model(seed, [&] { return std::make_unique<RocksModelDisk>(seed * 16 + ++disks); });
    try {
      model.run(150);
    } catch (const std::runtime_error& failed) {
      FAIL("TUTTI_SEED=" << seed << ": " << failed.what() << (one ? "\n" + model.trace() : ""));
    }
  }
  SUCCEED();
}

}  // namespace
}  // namespace tutti
