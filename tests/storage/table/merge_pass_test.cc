#include "storage/table/merge_pass.h"

#include "tests/storage/table/written_layers.h"

using namespace tutti;

namespace {

// Takes down what a merge is told, and that it is told in order.
class MergeRecorder final : public RowsMerge {
 public:
  std::map<std::string, std::optional<std::string>> changes;

  Result<> put(ByteView key, ByteView value) override { return add(key, std::string(value)); }
  Result<> remove(ByteView key) override { return add(key, std::nullopt); }
  Result<> commit(Position, ByteView) override {
    FAIL("the pass leaves the commit to its caller");
    return {};
  }
  void fail_after(size_t changes_left) { left_ = changes_left; }

 private:
  Result<> add(ByteView key, std::optional<std::string> value) {
    if (left_ && (*left_)-- == 0) return error(ErrorCode::kIo, "no space left");
    REQUIRE((changes.empty() || changes.rbegin()->first < key));
    changes.emplace(key, std::move(value));
    return {};
  }
  std::optional<size_t> left_;
};

// The sums of rows, from nothing.
Marker sums_of(const std::map<std::string, std::string>& rows) {
  Marker sums;
  std::set<std::string> keys;
  for (const auto& [key, bytes] : rows) {
    sums.fingerprints.add(Fingerprints::range_of(WrittenLayers::kKey, key),
                          row_fingerprint(WrittenLayers::kKey, key, bytes));
    keys.insert(key.substr(0, key_prefix_size(key)));
    ++sums.rows;
  }
  sums.keys = keys.size();
  return sums;
}

void expect_defined_rows(const WrittenLayers& node, const VersionVector& clock,
                         const std::map<std::string, std::string>& rows) {
  size_t live = 0;
  for (const std::string& row_key : node.state.row_keys()) {
    const auto wanted = node.state.row(clock, row_key);
    const auto at = rows.find(row_key);
    REQUIRE((at == rows.end() ? StateDefinition::Row() : row_held(at->second)) == wanted);
    REQUIRE((at != rows.end()) == !wanted.empty());
    live += wanted.empty() ? 0 : 1;
  }
  REQUIRE(rows.size() == live);
}

std::string row_bytes(Dot dot, ByteView value) {
  const std::string payload = value_payload(value);
  std::string bytes;
  encode_row(std::vector{Live{dot, Hlc{1}, Counter{0}, payload}}, bytes);
  return bytes;
}

}  // namespace

TEST_CASE("a merge leaves the rows that the clock of the freeze defines, and sums equal to a whole recount",
          "[merge_pass]") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    WrittenLayers node(seed);
    for (int merges = 0; merges < 12; ++merges) {
      for (uint64_t writes = node.random() % 30; writes > 0; --writes) node.write_any();
      node.freeze();
      // What comes after the freeze is not in it.
      for (uint64_t writes = node.random() % 5; writes > 0; --writes) node.write_any();
      node.merge();
      const auto rows = rows_of(*node.layers.disk);
      expect_defined_rows(node, node.frozen, rows);
      const Marker recount = sums_of(rows);
      REQUIRE(node.sums.rows == recount.rows);
      REQUIRE(node.sums.keys == recount.keys);
      REQUIRE(node.sums.fingerprints == recount.fingerprints);
    }
  }
}

TEST_CASE("a merge writes the rows that change, in order, and no other", "[merge_pass]") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    WrittenLayers node(seed);
    for (int merges = 0; merges < 8; ++merges) {
      for (uint64_t writes = node.random() % 15; writes > 0; --writes) node.write_any();
      node.freeze();
      MergeRecorder recorder;
      Marker sums = node.sums;
      auto rows = rows_of(*node.layers.disk);
      REQUIRE(
          MergePass(node.layers.previous(), *node.layers.disk, WrittenLayers::kKey, recorder, sums).run());
      for (const auto& [key, value] : recorder.changes) {
        const auto old = rows.find(key);
        REQUIRE((old == rows.end() ? std::optional<std::string>() : std::optional(old->second)) != value);
        if (value) {
          rows[key] = *value;
        } else {
          rows.erase(key);
        }
      }
      node.merge();
      REQUIRE(rows == rows_of(*node.layers.disk));
      REQUIRE(sums == node.sums);
    }
  }
}

TEST_CASE("an empty table changes nothing", "[merge_pass]") {
  WrittenLayers node;
  node.write_any();
  node.settle();
  MergeRecorder recorder;
  Marker sums = node.sums;
  REQUIRE(
      MergePass(Table(WrittenLayers::kKey), *node.layers.disk, WrittenLayers::kKey, recorder, sums).run());
  CHECK(recorder.changes.empty());
  CHECK(sums == node.sums);
}

TEST_CASE("keys touched near and far among many rows are all merged", "[merge_pass]") {
  // Far enough apart that the pass seeks, and near enough that it steps.
  std::map<std::string, std::string> model;
  MemoryStore store(std::make_shared<MemoryDisk>());
  const auto key_of = [](int number) { return "key" + std::to_string(10'000 + number); };
  Table first(WrittenLayers::kKey), second(WrittenLayers::kKey);
  Marker sums;
  const auto write = [&](Table& table, int number, ByteView subkey, const std::string& bytes) {
    const std::string key = row_key(key_of(number), RowKind::kHashField, subkey);
    const size_t prefix = key_prefix_size(key);
    table.write(table.touch(key.substr(0, prefix)), key.substr(prefix), bytes);
    if (bytes.empty()) {
      model.erase(key);
    } else {
      model[key] = bytes;
    }
  };
  const auto merge = [&](const Table& table) {
    auto out = store.begin_merge();
    const auto old = store.rows();
    REQUIRE(MergePass(table, *old, WrittenLayers::kKey, **out, sums).run());
    REQUIRE((*out)->commit(Position{0}, {}));
  };
  const Dot before{ActorId{1}, Counter{1}}, after{ActorId{1}, Counter{2}};
  for (int number = 0; number < 1000; ++number) {
    for (const char* subkey : {"a", "b", "c", "d", "e", "f"})
      write(first, number, subkey, row_bytes(before, "old"));
  }
  merge(first);
  for (int number = 0; number < 1000; number += number % 100 < 10 ? 1 : 37) {
    write(second, number, "a", row_bytes(after, "new"));
    write(second, number, "f", {});
    write(second, number, "zz", row_bytes(after, "added"));
  }
  for (const char* subkey : {"b", "c", "d", "e", "f", "a", "zz"}) write(second, 999, subkey, {});
  merge(second);
  CHECK(rows_of(*store.rows()) == model);
  CHECK(sums.rows == model.size());
  CHECK(sums.keys == 999);
  CHECK(sums.fingerprints == sums_of(model).fingerprints);
}

TEST_CASE("an old row that is none is corruption once a merge must change it", "[merge_pass]") {
  MemoryStore store(std::make_shared<MemoryDisk>());
  auto out = store.begin_merge();
  REQUIRE((*out)->put(row_key("k", RowKind::kRegister), "no row"));
  REQUIRE((*out)->commit(Position{0}, {}));
  Table table(WrittenLayers::kKey);
  table.write(table.touch(key_prefix("k")), kRegisterSuffix, row_bytes({ActorId{1}, Counter{1}}, "v"));
  MergeRecorder recorder;
  Marker sums;
  const auto merged = MergePass(table, *store.rows(), WrittenLayers::kKey, recorder, sums).run();
  REQUIRE_FALSE(merged);
  CHECK(merged.error().code == ErrorCode::kCorrupt);
}

TEST_CASE("errors of the disk, read or written, come out of a merge", "[merge_pass]") {
  WrittenLayers node;
  for (int i = 0; i < 40; ++i) node.write_any();
  node.settle();
  for (int i = 0; i < 10; ++i) {
    REQUIRE(node.write(
        node.operation(1, node.clock, {{Edit::Scope::kKey, key_prefix("a"), value_payload("1"), {}}})));
    REQUIRE(node.write(
        node.operation(1, node.clock, {{Edit::Scope::kKey, key_prefix("d"), value_payload("1"), {}}})));
  }
  node.freeze();
  const auto run = [&](MergeRecorder& recorder) {
    Marker sums = node.sums;
    return MergePass(node.layers.previous(), *node.layers.disk, WrittenLayers::kKey, recorder, sums).run();
  };
  MergeRecorder full;
  full.fail_after(1);
  CHECK(run(full).error().message == "no space left");
  for (const uint64_t spared : {0, 1}) {
    MergeRecorder recorder;
    node.disk->fail_one(MemoryDisk::Operation::kRead, spared);
    CHECK(run(recorder).error().code == ErrorCode::kIo);
  }
}
