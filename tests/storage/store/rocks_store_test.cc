#include "storage/store/rocks_store.h"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/storage/store/store_conformance.h"
#include "tests/storage/store/temporary_directory.h"

using namespace tutti;

namespace {

std::unique_ptr<Store> opened(const std::string& directory, const RocksStoreOptions& options = {}) {
  auto store = open_rocks_store(directory, options);
  INFO((store ? "" : store.error().message));
  REQUIRE(store);
  return std::move(*store);
}

// So small that a short test flushes, cuts files and compacts.
RocksStoreOptions small_files() {
  RocksStoreOptions options;
  options.log_file_bytes = 64 << 10;
  options.rows_file_bytes = 16 << 10;
  options.wal_bytes_max = 256 << 10;
  return options;
}

void conforms(const RocksStoreOptions& options) {
  const TemporaryDirectory root;
  int made = 0;
  check_store_conformance([&] { return opened(root / std::to_string(++made), options); },
                          [&](std::unique_ptr<Store> store) {
                            store.reset();
                            return opened(root / std::to_string(made), options);
                          });
}

}  // namespace

TEST_CASE("rocks store: keeps the contract of Store") { conforms({}); }
TEST_CASE("rocks store: keeps the contract of Store with small files") { conforms(small_files()); }

TEST_CASE("rocks store: a cut frees the disk") {
  const TemporaryDirectory root;
  auto store = opened(root / "db", small_files());
  uint64_t state = 1;
  for (uint64_t at = 1; at <= 2000; ++at) {
    std::string record;
    for (int i = 0; i < 128; ++i) {  // incompressible
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      record.append(reinterpret_cast<const char*>(&state), 8);
    }
    REQUIRE(store->append({at}, record));
  }
  StoreConformance::merge(*store, {}, {}, {2000}, "m");
  const auto bytes = [&] {
    uint64_t sum = 0;
    for (const auto& file : std::filesystem::directory_iterator(root / "db")) {
      if (file.path().extension() == ".sst") sum += file.file_size();
    }
    return sum;
  };
  store.reset();  // all in sorted files, moved to where a cut can take them
  store = opened(root / "db", small_files());
  CHECK(store->log_bytes() > 1'900'000);
  CHECK(store->log_bytes() < 2'400'000);
  // The move off level 0 is a background job: cut on, one record at a time, until it has shown.
  uint64_t before = 1900;
  while (bytes() > 500'000 && before < 2001) REQUIRE(store->cut_log({before++}));
  CHECK(bytes() <= 500'000);
  CHECK(store->log_bytes() < 300'000);
}

TEST_CASE("rocks store: a merge of many files is one") {
  const TemporaryDirectory root;
  auto store = opened(root / "db", small_files());
  StoreConformance::append_upto(*store, 30);
  StoreConformance::Rows model;
  for (int round = 1; round <= 30; ++round) {
    StoreConformance::Rows puts;
    for (int i = 0; i < 1000; ++i)
      puts[StoreConformance::row((i * 7919 + round * 31) % 5000)] = std::to_string(round * i);
    StoreConformance::merge(*store, puts, {}, {static_cast<uint64_t>(round)}, std::to_string(round));
    for (const auto& [key, value] : puts) model[key] = value;
    CHECK(store->rows()->marker() == std::to_string(round));
  }
  CHECK(StoreConformance::all_rows(*store->rows()) == model);
  store.reset();
  CHECK(std::filesystem::is_empty(root / "db/staging"));
  store = opened(root / "db", small_files());
  CHECK(StoreConformance::all_rows(*store->rows()) == model);
}

TEST_CASE("rocks store: a key that is nowhere is known to be nowhere without the disk") {
  const TemporaryDirectory root;
  auto store = opened(root / "db");
  StoreConformance::append_upto(*store, 3);
  for (uint64_t round = 1; round <= 3; ++round) {
    StoreConformance::Rows puts;
    for (int key = 0; key < 2000; key += 2) {
      for (const char* suffix : {"h1", "h2", "t"}) puts[StoreConformance::key_row(key, suffix)] = "value";
    }
    StoreConformance::merge(*store, puts, {}, {round}, "m");
  }
  store.reset();
  store = opened(root / "db");  // no block in memory, but filters
  int unknown_keys = 0;
  int unknown_rows = 0;
  {
    const auto snapshot = store->rows();
    const auto cursor = snapshot->key_cursor(Tier::kMemory);
    std::string value;
    for (int key = 1; key < 2000; key += 2) {
      const auto sought = cursor->seek(StoreConformance::key_row(key, ""));
      if (!sought) ++unknown_keys;
      CHECK_FALSE(cursor->valid());
      const auto got = snapshot->get(StoreConformance::key_row(key - 1, "h3"), value, Tier::kMemory);
      if (!got) ++unknown_rows;
      CHECK_FALSE(got.value_or(false));
    }
    const auto present = snapshot->get(StoreConformance::key_row(0, "t"), value, Tier::kMemory);
    CHECK(present.error().code == ErrorCode::kUnavailable);
    CHECK(cursor->seek(StoreConformance::key_row(0, "")).error().code == ErrorCode::kUnavailable);
    CHECK(snapshot->get(StoreConformance::key_row(0, "t"), value).value());
    CHECK(snapshot->get(StoreConformance::key_row(0, "t"), value, Tier::kMemory).value());
  }
  // Some 1 % in each of three files.
  CHECK(unknown_keys < 100);
  CHECK(unknown_rows < 100);
}

TEST_CASE("rocks store: syncs, merges and readers from other threads leave the appends alone") {
  const TemporaryDirectory root;
  auto store = opened(root / "db", small_files());
  StoreConformance::append_upto(*store, 1);
  std::atomic<bool> done = false;
  std::atomic<int> failures = 0;
  std::thread syncs([&] {
    while (!done) failures += store->sync() ? 0 : 1;
  });
  std::thread merges([&] {
    while (!done) {
      const Position upto = store->last_position();
      auto merge = store->begin_merge();
      const std::string value = std::to_string(upto.value);
      const bool ok =
          merge && (*merge)->put("a", value) && (*merge)->put("b", value) && (*merge)->commit(upto, value);
      merge = {};
      const Position before{upto.value / 2};
      if (!ok || !store->cut_log(before)) ++failures;
    }
  });
  std::thread reads([&] {
    while (!done) {
      const auto rows = store->rows();
      std::string a;
      std::string b;
      const bool found = rows->get("a", a).value() && rows->get("b", b).value();
      if (found && (a != b || a != rows->marker())) ++failures;
      auto log = store->read_log({1});
      if (!log) {
        ++failures;
        continue;
      }
      while ((*log)->valid()) {
        if ((*log)->record() != StoreConformance::record((*log)->position().value) || !(*log)->next()) {
          ++failures;
          break;
        }
      }
    }
  });
  for (uint64_t at = 2; at <= 5000; ++at) {
    if (!store->append({at}, StoreConformance::record(at))) ++failures;
  }
  done = true;
  syncs.join();
  merges.join();
  reads.join();
  CHECK(failures == 0);
}
