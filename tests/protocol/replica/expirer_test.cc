#include "protocol/replica/expirer.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "storage/model/row_key.h"
#include "tests/storage/memory_database.h"

using namespace tutti;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t kStartMs = 1'700'000'000'000;
constexpr ActorId kHere{1}, kElsewhere{2};
constexpr Duration kGrace = std::chrono::milliseconds(Expirer::kGraceMs);

Edit value(ByteView key, uint64_t expires_ms) {
  return {Edit::Scope::kKey, key_prefix(key), value_payload("v", expires_ms), {}};
}
Edit field(ByteView key) {
  return {Edit::Scope::kRow, row_key(key, RowKind::kHashField, "f"), value_payload("v"), {}};
}
Edit expiry(ByteView key, uint64_t expires_ms) {
  return {Edit::Scope::kRow, row_key(key, RowKind::kKeyExpiry), expiry_payload(expires_ms), {}};
}
std::string key_of(uint64_t number) { return "k" + std::to_string(number); }

struct Expiring {
  MemoryDatabase data;
  Expirer expirer{*data.db};
  Now now{Instant(1h), WallTime(std::chrono::milliseconds(kStartMs))};

  void pass(Duration time) {
    now.mono += time;
    now.wall += std::chrono::duration_cast<std::chrono::milliseconds>(time);
  }
  uint64_t in(std::chrono::milliseconds time) const {
    return now.wall_ms() + static_cast<uint64_t>(time.count());
  }
  Operation mint(std::vector<Edit> edits, uint64_t hlc = 1) {
    Operation op = data.write(kHere, std::move(edits), Hlc{hlc});
    expirer.minted(op);
    return op;
  }
  std::vector<Edit> due() {
    auto edits = expirer.due(now);
    REQUIRE(edits);
    return *std::move(edits);
  }
  // As the caller does; how many edits.
  size_t write_due() {
    auto edits = due();
    const size_t count = edits.size();
    if (count != 0) data.write(kHere, std::move(edits), Hlc{1000});
    return count;
  }
  bool holds(ByteView key) const {
    bool any = false;
    REQUIRE(data.db->read_key(key_prefix(key), [&](const RowKeyParts&, const Lives&) {
      any = true;
      return false;
    }));
    return any;
  }
};

}  // namespace

TEST_CASE("what was written here with an expiry is deleted when it is due, and not before", "[expirer]") {
  Expiring node;
  const Operation op = node.mint({value("k", node.in(5s))});
  node.pass(4999ms);
  CHECK(node.due().empty());
  node.pass(1ms);
  const auto edits = node.due();
  REQUIRE(edits.size() == 1);
  CHECK(edits[0] == Edit{Edit::Scope::kRow, row_key("k", RowKind::kRegister), {}, std::vector{op.dot}});
  CHECK(node.due().empty());
  node.data.write(kHere, edits);
  CHECK_FALSE(node.holds("k"));
}

TEST_CASE("an expired winner goes, and takes with it what it hides", "[expirer]") {
  Expiring node;
  // Two that have not seen each other.
  const Operation hidden = node.data.operation(kElsewhere, {value("k", 0)}, Hlc{5});
  const Operation winner = node.mint({value("k", node.in(5s))}, 9);
  REQUIRE(node.data.db->apply(hidden));
  REQUIRE(node.data.db->commit());
  node.pass(5s);
  const auto edits = node.due();
  REQUIRE(edits.size() == 1);
  CHECK(edits[0].replaces == std::vector{winner.dot, hidden.dot});
}

TEST_CASE("a winner that stays keeps an expired loser", "[expirer]") {
  Expiring node;
  const Operation winner = node.data.operation(kElsewhere, {value("k", 0)}, Hlc{5});
  node.mint({value("k", node.in(5s))}, 1);
  REQUIRE(node.data.db->apply(winner));
  REQUIRE(node.data.db->commit());
  node.pass(5s);
  CHECK(node.due().empty());
}

TEST_CASE("what was rewritten or deleted meanwhile is left alone", "[expirer]") {
  Expiring node;
  node.mint({value("k", node.in(5s))});
  SECTION("with no expiry") { node.mint({value("k", 0)}, 2); }
  SECTION("with a later one") { node.mint({value("k", node.in(6s))}, 2); }
  SECTION("deleted") { node.mint({{Edit::Scope::kKey, key_prefix("k"), {}, {}}}, 2); }
  node.pass(5s);
  CHECK(node.due().empty());
}

TEST_CASE("an expired hash or set goes as a whole key, once", "[expirer]") {
  Expiring node;
  node.mint({field("h"), expiry("h", node.in(4s))});
  node.mint({expiry("h", node.in(5s))}, 2);
  node.mint({expiry("h", node.in(3s))}, 3);
  node.pass(5s);
  const auto edits = node.due();
  REQUIRE(edits.size() == 1);
  CHECK(edits[0] == Edit{Edit::Scope::kKey, key_prefix("h"), {}, {}});
  node.data.write(kHere, edits);
  CHECK_FALSE(node.holds("h"));
}

TEST_CASE("of much that is due at once some is deleted each turn, until all is", "[expirer]") {
  Expiring node;
  for (uint64_t i = 0; i < 3 * Expirer::kEditsPerTurnMax; ++i) node.mint({value(key_of(i), node.in(5s))});
  node.pass(6s);
  for (int turn = 0; turn < 3; ++turn) CHECK(node.write_due() == Expirer::kEditsPerTurnMax);
  CHECK(node.write_due() == 0);
  CHECK(node.data.db->key_count().value() == 0);
}

TEST_CASE("what expired of others' is found by the sweep, after a grace", "[expirer]") {
  Expiring node;
  node.data.write(kElsewhere, {value("k", node.in(5s))});
  node.data.write(kElsewhere, {field("h"), expiry("h", node.in(5s))});
  node.data.write(kElsewhere, {value("lasting", 0)});
  node.pass(5s + kGrace - 1ms);
  CHECK(node.due().empty());
  node.pass(Expirer::kSweepPause);
  CHECK(node.write_due() == 2);
  CHECK_FALSE(node.holds("k"));
  CHECK_FALSE(node.holds("h"));
  CHECK(node.holds("lasting"));
}

TEST_CASE("the sweep looks at some keys each second, and rests once it has seen all", "[expirer]") {
  Expiring node;
  for (uint64_t i = 0; i < 2 * Expirer::kSweptPerTurn + 10; ++i)
    node.data.write(kElsewhere, {value(key_of(i), kStartMs - Expirer::kGraceMs)});
  CHECK(node.due().size() == Expirer::kSweptPerTurn);
  node.pass(Expirer::kSweepEvery - 1ms);
  CHECK(node.due().empty());
  node.pass(1ms);
  CHECK(node.due().size() == Expirer::kSweptPerTurn);
  node.pass(Expirer::kSweepEvery);
  CHECK(node.due().size() == 10);
  node.pass(Expirer::kSweepPause - 1ms);
  CHECK(node.due().empty());
  node.pass(1ms);
  CHECK(node.due().size() == Expirer::kSweptPerTurn);  // again from the beginning
}

TEST_CASE("a key that is both due and swept is deleted once", "[expirer]") {
  Expiring node;
  node.mint({value("k", node.in(5s))});
  node.pass(5s + kGrace);
  CHECK(node.due().size() == 1);
}

TEST_CASE("beyond what can be scheduled the sweep alone finds what expires", "[expirer]") {
  Expiring node;
  node.due();  // the sweep rests
  constexpr size_t kAtOnce = 1024;
  static_assert(Expirer::kScheduledMax % kAtOnce == 0);
  const Operation many = node.data.operation(kHere, std::vector<Edit>(kAtOnce, value("gone", node.in(9s))));
  for (size_t i = 1; i < Expirer::kScheduledMax / kAtOnce; ++i) node.expirer.minted(many);
  Operation all_but_one = many;
  all_but_one.edits.pop_back();
  node.expirer.minted(all_but_one);
  node.mint({value("last", node.in(7s))});
  node.mint({value("beyond", node.in(5s))}, 2);
  node.pass(7s);
  REQUIRE(node.write_due() == 1);
  CHECK_FALSE(node.holds("last"));
  CHECK(node.holds("beyond"));
  node.pass(kGrace);
  CHECK(node.write_due() == 1);
  CHECK_FALSE(node.holds("beyond"));
}

TEST_CASE("a row that cannot be read is an error", "[expirer]") {
  Expiring node;
  node.mint({value("k", node.in(5s))});
  node.data.merge();
  node.data.merge();  // it is in no table any more
  node.pass(5s);
  node.data.disk->fail_one(MemoryDisk::Operation::kRead);
  const auto edits = node.expirer.due(node.now);
  REQUIRE_FALSE(edits);
  CHECK(edits.error().code == ErrorCode::kIo);
}

TEST_CASE("whoever wrote it and whenever, in the end nothing expired is left and all else is", "[expirer]") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    Expiring node;
    std::map<std::string, uint64_t> expires;  // by key; 0: never
    for (uint64_t i = 1; i <= 2000; ++i) {
      const std::string key = key_of(random() % 400);
      const uint64_t at = random() % 3 == 0 ? 0 : node.in(std::chrono::milliseconds(random() % 100'000));
      expires[key] = at;
      if (random() % 2 == 0) {
        node.mint({value(key, at)}, i);
      } else {
        node.data.write(kElsewhere, {value(key, at)}, Hlc{i});
      }
      node.pass(std::chrono::milliseconds(random() % 100));
      if (random() % 10 == 0) node.write_due();
      const auto other = expires.find(key_of(random() % 400));
      if (other != expires.end() && (other->second == 0 || other->second > node.now.wall_ms()))
        REQUIRE(node.holds(other->first));
    }
    for (int second = 0; second < 300; ++second) {
      node.pass(1s);
      node.write_due();
    }
    for (const auto& [key, at] : expires) REQUIRE(node.holds(key) == (at == 0));
  }
}
