#include "storage/table/blind_writer.h"

#include "tests/storage/table/written_layers.h"

using namespace tutti;

namespace {

Edit set_key(ByteView key, ByteView value) {
  return {Edit::Scope::kKey, key_prefix(key), value_payload(value), {}};
}
Edit set_row(const std::string& row_key, ByteView value) {
  return {Edit::Scope::kRow, row_key, value_payload(value), {}};
}

void expect_defined_rows(const WrittenLayers& node) {
  std::string buffer;
  for (const std::string& row_key : node.state.row_keys()) {
    const size_t prefix = key_prefix_size(row_key);
    const auto row = node.layers.row(Layers::kCurrent, ByteView(row_key).substr(0, prefix),
                                     ByteView(row_key).substr(prefix), buffer);
    REQUIRE(row);
    const auto wanted = node.state.row(node.clock, row_key);
    REQUIRE(row_held(*row) == wanted);
    REQUIRE(row->empty() == wanted.empty());
  }
}

// True where the write did without the disk.
bool writes_blind(WrittenLayers& node, const Operation& op) {
  node.disk->fail_one(MemoryDisk::Operation::kRead);
  const auto written = node.write(op);
  const bool blind = node.disk->failing();
  node.disk->heal();
  if (blind) REQUIRE(written);
  if (!blind) CHECK(written.error().code == ErrorCode::kIo);
  return blind;
}

const std::string kRegisterOfA = row_key("a", RowKind::kRegister);

}  // namespace

TEST_CASE("what was written shows at once, over tables and disk, as the definition has it",
          "[blind_writer]") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    WrittenLayers node(seed);
    for (int step = 0; step < 150; ++step) {
      node.step();
      expect_defined_rows(node);
    }
  }
}

TEST_CASE("an operation that has seen the table's start replaces what lies below unread", "[blind_writer]") {
  WrittenLayers node;
  REQUIRE(node.write(
      node.operation(1, {}, {set_key("a", "1"), set_row(row_key("b", RowKind::kHashField, "f"), "1")})));
  node.settle();
  const VersionVector start = node.clock;
  SECTION("a row") { CHECK(writes_blind(node, node.operation(2, start, {set_row(kRegisterOfA, "2")}))); }
  SECTION("a key") { CHECK(writes_blind(node, node.operation(2, start, {set_key("b", "2")}))); }
  SECTION("all keys") {
    CHECK(writes_blind(node, node.operation(2, start, {Edit{Edit::Scope::kPrefix, "", {}, {}}})));
  }
  SECTION("by the writer of what is there, who has seen nothing else") {
    CHECK(writes_blind(node, node.operation(1, {}, {set_key("a", "2")})));
  }
  expect_defined_rows(node);
}

TEST_CASE("an operation that has not seen what may lie below reads it first", "[blind_writer]") {
  const auto edit = GENERATE(set_row(kRegisterOfA, "2"), set_key("a", "2"));
  const bool named = GENERATE(false, true);
  WrittenLayers node;
  REQUIRE(node.write(node.operation(1, {}, {set_key("a", "1")})));
  const VersionVector first = node.clock;
  REQUIRE(node.write(node.operation(3, {}, {set_key("c", "1")})));
  node.settle();
  if (named) {
    // Named dots say nothing of the others there.
    Edit exact = set_row(kRegisterOfA, "2");
    exact.replaces = {{ActorId{1}, Counter{1}}};
    CHECK_FALSE(writes_blind(node, node.operation(2, node.clock, {exact})));
  } else {
    CHECK_FALSE(writes_blind(node, node.operation(2, first, {edit})));
  }
}

TEST_CASE("a row the previous table did not touch is replaced unread by whoever has seen that table's start",
          "[blind_writer]") {
  const bool whole_key = GENERATE(false, true);
  WrittenLayers node;
  REQUIRE(node.write(node.operation(1, {}, {set_key("a", "1"), set_key("b", "1")})));
  node.settle();
  const VersionVector window = node.clock;
  REQUIRE(node.write(node.operation(2, window, {set_key("b", "2")})));
  node.freeze();
  const auto edit = [&](ByteView key) {
    return whole_key ? set_key(key, "3") : set_row(row_key(key, RowKind::kRegister), "3");
  };
  SECTION("untouched there") { CHECK(writes_blind(node, node.operation(3, window, {edit("a")}))); }
  SECTION("touched there: what that table says of it stays beside it") {
    REQUIRE(node.write(node.operation(3, window, {edit("b")})));
    CHECK(node.state.row(node.clock, row_key("b", RowKind::kRegister)).size() == 2);
  }
  expect_defined_rows(node);
}

TEST_CASE("after a start or a join nothing below is known to be older than the clock", "[blind_writer]") {
  WrittenLayers node;
  REQUIRE(node.write(node.operation(1, {}, {set_key("a", "1")})));
  node.settle();
  const VersionVector before = node.clock;
  // The join brought a dot of somebody that `before` does not name.
  REQUIRE(node.write(node.operation(3, {}, {set_key("d", "1")})));
  node.writer.forget(node.clock);
  SECTION("who has not seen it reads") {
    CHECK_FALSE(writes_blind(node, node.operation(2, before, {set_key("a", "2")})));
  }
  SECTION("who has seen it need not") {
    CHECK(writes_blind(node, node.operation(2, node.clock, {set_key("a", "2")})));
  }
}

TEST_CASE("a row that is put is as it was put, whatever lay below", "[blind_writer]") {
  WrittenLayers node;
  REQUIRE(node.write(
      node.operation(1, {}, {set_key("a", "1"), set_row(row_key("a", RowKind::kSetMember, "m"), "1")})));
  node.settle();
  std::string buffer;
  const auto row = [&](ByteView suffix) {
    return std::string(node.layers.row(Layers::kCurrent, key_prefix("a"), suffix, buffer).value());
  };
  const std::string other = row("sm");
  REQUIRE_FALSE(other.empty());
  node.writer.put_row(kRegisterOfA, "these bytes");
  CHECK(row("r") == "these bytes");
  CHECK(row("sm") == other);
  node.writer.put_row(kRegisterOfA, {});
  CHECK(row("r").empty());
}

TEST_CASE("a row on disk that is none is corruption once a write must look at it", "[blind_writer]") {
  WrittenLayers node;
  auto out = node.store.begin_merge();
  REQUIRE((*out)->put(kRegisterOfA, "no row"));
  REQUIRE((*out)->commit(Position{0}, {}));
  node.layers.disk = node.store.rows();
  REQUIRE(node.write(node.operation(3, {}, {set_key("c", "1")})));
  node.writer.forget(node.clock);
  CHECK(node.write(node.operation(2, {}, {set_key("a", "2")})).error().code == ErrorCode::kCorrupt);
}
