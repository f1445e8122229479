#include "storage/store/rocks_store.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <thread>

#include "storage/store/rocks_probe.h"
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
  options.compact_when_quiet = std::chrono::milliseconds(1);
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

TEST_CASE("rocks store: many starts do not leave a file of the log each") {
  const TemporaryDirectory root;
  constexpr uint64_t kStarts = 100;
  for (uint64_t at = 1; at <= kStarts; ++at) {
    auto store = opened(root / "db", small_files());
    REQUIRE(store->append({at}, "record " + std::to_string(at)));
  }
  const auto store = opened(root / "db", small_files());
  auto cursor = store->read_log({1});
  REQUIRE(cursor);
  for (uint64_t at = 1; at <= kStarts; ++at) {
    REQUIRE((*cursor)->valid());
    CHECK((*cursor)->record() == "record " + std::to_string(at));
    REQUIRE((*cursor)->next());
  }
  const std::filesystem::directory_iterator files(root / "db");
  CHECK(std::ranges::count_if(files, [](const auto& file) { return file.path().extension() == ".sst"; }) <
        50);
}

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
    const auto present = snapshot->get(StoreConformance::key_row(1998, "t"), value, Tier::kMemory);
    CHECK(present.error().code == ErrorCode::kUnavailable);
    CHECK(cursor->seek(StoreConformance::key_row(1998, "")).error().code == ErrorCode::kUnavailable);
    CHECK(snapshot->get(StoreConformance::key_row(1998, "t"), value).value());
    CHECK(snapshot->get(StoreConformance::key_row(1998, "t"), value, Tier::kMemory).value());
  }
  // Some 1 % in each of three files.
  CHECK(unknown_keys < 100);
  CHECK(unknown_rows < 100);
}

namespace {

size_t files_at_level0(Store& store) {
  const auto levels = rows_levels(store);
  return levels.empty() || levels[0].level != 0 ? 0 : levels[0].files;
}
void wait_for(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::yield();
}
RocksStoreOptions never_at_rest() {
  RocksStoreOptions options;
  options.compact_when_quiet = std::chrono::hours(1000);
  return options;
}

}  // namespace

TEST_CASE("rocks store: a merge of a few rows is one file") {
  const TemporaryDirectory root;
  auto store = opened(root / "db", never_at_rest());
  StoreConformance::append_upto(*store, 3);
  for (uint64_t round = 1; round <= 3; ++round) {
    StoreConformance::merge(*store, {{"a", "first"}, {"b", std::to_string(round)}}, {"c"}, {round}, "m");
  }
  size_t files = 0;
  for (const RowsLevel& level : rows_levels(*store)) files += level.files;
  CHECK(files == 3);
  CHECK(StoreConformance::all_rows(*store->rows()) == StoreConformance::Rows{{"a", "first"}, {"b", "3"}});
}

TEST_CASE("rocks store: once merges stop, rows come to lie in few files") {
  const TemporaryDirectory root;
  StoreConformance::Rows model;
  const auto merge = [&](Store& store, uint64_t round) {
    StoreConformance::Rows puts;
    for (int key = static_cast<int>(round); key < 1000; key += 10) {
      puts[StoreConformance::key_row(key, "r")] = "value of round " + std::to_string(round);
    }
    puts[StoreConformance::key_row(0, "r")] = puts[StoreConformance::key_row(1000, "r")] = "in each";
    StoreConformance::merge(store, puts, {}, {1}, "m");
    for (const auto& [key, value] : puts) model[key] = value;
  };
  auto store = opened(root / "db", never_at_rest());
  StoreConformance::append_upto(*store, 1);
  for (uint64_t round = 0; round < 6; ++round) merge(*store, round);
  CHECK(files_at_level0(*store) == 5);  // the first went to the last level at once
  store.reset();

  RocksStoreOptions soon;
  soon.compact_when_quiet = std::chrono::milliseconds(1);
  store = opened(root / "db", soon);  // with what an earlier run left
  {
    const auto snapshot = store->rows();
    const auto cursor = snapshot->key_cursor();
    CHECK(cursor->seek(StoreConformance::key_row(15, "")));
    wait_for([&] { return files_at_level0(*store) == 0; });
    CHECK(StoreConformance::rows_of_key(*cursor, 15).size() == 1);  // from the new files
    CHECK(StoreConformance::rows_of_key(*cursor, 16).empty());
    for (uint64_t round = 6; round < 10; ++round) merge(*store, round);
    wait_for([&] { return files_at_level0(*store) <= 2; });
    CHECK(StoreConformance::rows_of_key(*cursor, 16).empty());  // of its snapshot still
  }
  CHECK(StoreConformance::all_rows(*store->rows()) == model);
}

TEST_CASE("rocks store: a cursor of memory that is used amid a compaction finds what is read after it") {
  const TemporaryDirectory root;
  const std::string key = StoreConformance::key_row(1, "");
  auto store = opened(root / "db", never_at_rest());
  StoreConformance::append_upto(*store, 1);
  for (uint64_t round = 0; round < 6; ++round) {
    StoreConformance::Rows puts;
    for (uint64_t i = round; i < 20'000; i += 6)
      puts[StoreConformance::key_row(1, "h" + std::to_string(100'000 + i))] = std::string(50, 'v');
    StoreConformance::merge(*store, puts, {}, {1}, "m");
  }
  store.reset();
  RocksStoreOptions soon;
  soon.compact_when_quiet = std::chrono::milliseconds(1);
  store = opened(root / "db", soon);
  const auto snapshot = store->rows();
  const auto memory = snapshot->key_cursor(Tier::kMemory);
  wait_for([&] {
    (void)memory->seek(key);
    return files_at_level0(*store) == 0;
  });
  CHECK(StoreConformance::rows_of_key(*snapshot->key_cursor(), 1).size() == 20'000);
  (void)memory->seek(key);  // may have begun before the compaction was over
  CHECK(StoreConformance::rows_of_key(*memory, 1).size() == 20'000);
}

TEST_CASE("rocks store: many deletions do not wait at level 0") {
  const TemporaryDirectory root;
  RocksStoreOptions options;
  options.compact_when_quiet = std::chrono::milliseconds(1);
  auto store = opened(root / "db", options);
  StoreConformance::append_upto(*store, 1);
  StoreConformance::Rows puts;
  std::vector<std::string> removes;
  for (int key = 0; key < 5000; ++key) {
    puts[StoreConformance::key_row(key, "r")] = "value";
    removes.push_back(StoreConformance::key_row(key, "r"));
  }
  StoreConformance::merge(*store, puts, {}, {1}, "m");
  StoreConformance::merge(*store, {}, removes, {1}, "m");
  wait_for([&] { return files_at_level0(*store) == 0; });
  CHECK(StoreConformance::all_rows(*store->rows()).empty());
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
