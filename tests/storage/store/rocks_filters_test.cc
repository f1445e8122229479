#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <catch2/catch.hpp>

#include "storage/store/rocks_store.h"
#include "tests/storage/store/store_conformance.h"
#include "tests/storage/store/temporary_directory.h"

using namespace tutti;

namespace {

using Conformance = StoreConformance;

// Every third key has two rows.
Conformance::Rows rows_of_round(int round) {
  Conformance::Rows rows;
  for (int key = round; key < 3000; key += 3 * (round + 1)) {
    rows[Conformance::key_row(key, "h1")] = "one of " + std::to_string(round);
    rows[Conformance::key_row(key, "h2")] = "two of " + std::to_string(round);
  }
  return rows;
}

void merge_round(Store& store, int round) {
  Conformance::merge(store, rows_of_round(round), {}, {1}, "round " + std::to_string(round));
}

// Writes one round as a database did whose rows had the given prefix extractor.
void write_with(const std::string& directory, std::shared_ptr<const rocksdb::SliceTransform> extractor,
                int round) {
  std::vector<std::string> names;
  REQUIRE(rocksdb::DB::ListColumnFamilies({}, directory, &names).ok());
  rocksdb::ColumnFamilyOptions family;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.prefix_extractor = std::move(extractor);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto& name : names) {
    families.emplace_back(name, name == "rows" ? family : rocksdb::ColumnFamilyOptions());
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  REQUIRE(rocksdb::DB::Open({}, directory, families, &handles, &db).ok());
  for (auto* handle : handles) {
    if (handle->GetName() == "rows") {
      for (const auto& [key, value] : rows_of_round(round)) REQUIRE(db->Put({}, handle, key, value).ok());
      REQUIRE(db->Flush({}, handle).ok());
    }
    REQUIRE(db->DestroyColumnFamilyHandle(handle).ok());
  }
  delete db;
}

}  // namespace

TEST_CASE("rocks store: rows in files without these prefix filters, or with others, are found") {
  const TemporaryDirectory root;
  const std::string directory = root / "db";
  Conformance::Rows model;
  const auto then = [&](int round) {
    for (const auto& [key, value] : rows_of_round(round)) model[key] = value;
  };
  {
    auto store = std::move(*open_rocks_store(directory));
    REQUIRE(store->append({1}, "a record"));
    merge_round(*store, 0);
    then(0);
  }
  write_with(directory, nullptr, 1);
  then(1);
  write_with(directory, std::shared_ptr<const rocksdb::SliceTransform>(rocksdb::NewFixedPrefixTransform(5)),
             2);
  then(2);
  auto store = std::move(*open_rocks_store(directory));
  merge_round(*store, 3);
  then(3);
  CHECK(Conformance::all_rows(*store->rows()) == model);
  const auto snapshot = store->rows();
  const auto cursor = snapshot->key_cursor();
  std::string value;
  for (int key = 0; key < 3000; ++key) {
    const auto begin = model.lower_bound(Conformance::key_row(key, ""));
    const auto end = model.lower_bound(Conformance::key_row(key, "\xff"));
    REQUIRE(Conformance::rows_of_key(*cursor, key) == Conformance::Rows(begin, end));
    const std::string at = Conformance::key_row(key, "h2");
    const auto found = snapshot->get(at, value);
    REQUIRE(found);
    REQUIRE(*found == model.contains(at));
    if (*found) REQUIRE(value == model[at]);
  }
}
