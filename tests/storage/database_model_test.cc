#include "tests/storage/database_model.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "storage/store/memory_store.h"

namespace tutti {
namespace {

class MemoryModelDisk final : public ModelDisk {
 public:
  explicit MemoryModelDisk(std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>())
      : disk_(std::move(disk)) {}
  std::unique_ptr<Store> open() override { return std::make_unique<MemoryStore>(disk_); }
  void power_loss(uint64_t random) override { disk_->power_loss(random % (disk_->unsynced() + 1)); }
  std::unique_ptr<ModelDisk> clone() override { return std::make_unique<MemoryModelDisk>(disk_->clone()); }

 private:
  const std::shared_ptr<MemoryDisk> disk_;
};

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// TUTTI_SEED=n runs one seed, TUTTI_SEEDS=n so many, TUTTI_STEPS=n as long.
TEST_CASE("a database shows what its clock stands for, whatever happens to it", "[database][model]") {
  const uint64_t first = from_environment("TUTTI_SEED", 1);
  const uint64_t seeds = from_environment("TUTTI_SEEDS", std::getenv("TUTTI_SEED") ? 1 : 150);
  const auto steps = static_cast<int>(from_environment("TUTTI_STEPS", 250));
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    DatabaseModel model(seed, [] { return std::make_unique<MemoryModelDisk>(); });
    try {
      model.run(steps);
    } catch (const std::runtime_error& failed) {
      FAIL("TUTTI_SEED=" << seed << " TUTTI_STEPS=" << steps << ": " << failed.what()
                         << (seeds == 1 ? "\n" + model.trace() : ""));
    }
  }
  SUCCEED();
}

}  // namespace
}  // namespace tutti
