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
Edit field(ByteView key, ByteView name = "f") {
  return {Edit::Scope::kRow, row_key(key, RowKind::kHashField, name), value_payload("v"), {}};
}
Edit expiry(ByteView key, uint64_t expires_ms) {
  return {Edit::Scope::kRow, row_key(key, RowKind::kKeyExpiry), expiry_payload(expires_ms), {}};
}
Edit removal(ByteView key) { return {Edit::Scope::kKey, key_prefix(key), {}, {}}; }
// None of them an increment.
Edit taken(std::string row, std::vector<Dot> dots) {
  return {Edit::Scope::kRow, std::move(row), {}, std::move(dots), true, false};
}
std::string key_of(uint64_t number) { return "k" + std::to_string(number); }

struct Expiring {
  MemoryDatabase data;
  Expirer expirer{*data.db, NodeId{}};
  Now now{Instant(1h), WallTime(std::chrono::milliseconds(kStartMs))};
  uint64_t hlc = 0;  // without one given, each write has a later one

  Expiring() {
    REQUIRE(expirer.start());
    expirer.acts_as(kHere);
  }
  void pass(Duration time) {
    now.mono += time;
    now.wall += std::chrono::duration_cast<std::chrono::milliseconds>(time);
  }
  uint64_t in(std::chrono::milliseconds time) const {
    return now.wall_ms() + static_cast<uint64_t>(time.count());
  }
  Operation apply(Operation op) {
    REQUIRE(data.db->apply(op));
    REQUIRE(data.db->commit());
    REQUIRE(expirer.applied(op));
    return op;
  }
  Operation write(ActorId actor, std::vector<Edit> edits) {
    return apply(data.operation(actor, std::move(edits), Hlc{(now.wall_ms() << 16) + ++hlc}));
  }
  Operation mint(std::vector<Edit> edits) { return write(kHere, std::move(edits)); }
  std::vector<Edit> due() {
    for (int fetches = 0;; ++fetches) {
      auto round = expirer.due(now);
      REQUIRE(round);
      pass(Expirer::kRoundPause);
      if (round->fetch.empty() || !round->edits.empty()) return std::move(round->edits);
      data.db->fetch(std::move(round->fetch), Expirer::kFetchBytesMax)();
      REQUIRE(fetches < 5);
    }
  }
  // As the caller does; how many edits.
  size_t write_due() {
    auto edits = due();
    const size_t count = edits.size();
    if (count != 0) mint(std::move(edits));
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
  node.pass(4979ms);
  CHECK(node.due().empty());
  node.pass(1ms);
  const auto edits = node.due();
  REQUIRE(edits.size() == 1);
  CHECK(edits[0] == taken(row_key("k", RowKind::kRegister), {op.dot}));
  CHECK(node.due().empty());
  node.mint(edits);
  CHECK_FALSE(node.holds("k"));
}

TEST_CASE("an expired winner goes, and takes with it what it hides", "[expirer]") {
  Expiring node;
  // Two that have not seen each other.
  Operation hidden = node.data.operation(kElsewhere, {value("k", 0)}, Hlc{5});
  const Operation winner = node.mint({value("k", node.in(5s))});
  node.apply(hidden);
  node.pass(5s);
  const auto edits = node.due();
  REQUIRE(edits.size() == 1);
  CHECK(edits[0].replaces == std::vector{winner.dot, hidden.dot});
}

TEST_CASE("a winner that stays keeps an expired loser", "[expirer]") {
  Expiring node;
  Operation winner = node.data.operation(kElsewhere, {value("k", 0)}, Hlc{UINT64_MAX});
  node.mint({value("k", node.in(5s))});
  node.apply(winner);
  node.pass(5s);
  CHECK(node.due().empty());
}

TEST_CASE("what was rewritten, prolonged or deleted meanwhile is left alone", "[expirer]") {
  Expiring node;
  node.mint({value("k", node.in(5s))});
  node.pass(1s);
  SECTION("with no expiry") { node.mint({value("k", 0)}); }
  SECTION("with a later one") { node.mint({value("k", node.in(6s))}); }
  SECTION("touched") { node.mint({expiry("k", node.in(6s))}); }
  SECTION("made to stay") { node.mint({expiry("k", 0)}); }
  SECTION("deleted") { node.mint({removal("k")}); }
  node.pass(4s);
  CHECK(node.due().empty());
}

TEST_CASE("a prolonged life ends in its turn", "[expirer]") {
  Expiring node;
  node.mint({value("k", node.in(5s))});
  node.mint({expiry("k", node.in(9s))});
  node.pass(5s);
  CHECK(node.due().empty());
  node.pass(4s);
  CHECK(node.write_due() == 2);
  CHECK_FALSE(node.holds("k"));
}

TEST_CASE("of an expired hash or set each dot is named, the expiry last", "[expirer]") {
  Expiring node;
  const Operation one = node.mint({field("h", "a"), field("h", "b")});
  const Operation two = node.mint({expiry("h", node.in(5s))});
  node.pass(5s);
  const auto edits = node.due();
  REQUIRE(edits.size() == 3);
  CHECK(edits[0] == taken(row_key("h", RowKind::kHashField, "a"), {one.dot}));
  CHECK(edits[1] == taken(row_key("h", RowKind::kHashField, "b"), {one.dot}));
  CHECK(edits[2] == taken(row_key("h", RowKind::kKeyExpiry), {two.dot}));
}

TEST_CASE("rows of another type, which an expired one hides, go with it", "[expirer]") {
  Expiring node;
  Operation hidden = node.data.operation(kElsewhere, {field("k")}, Hlc{5});
  node.mint({value("k", node.in(5s))});
  node.apply(hidden);
  node.pass(5s);
  const auto edits = node.due();
  REQUIRE(edits.size() == 2);
  CHECK(edits[0].target == row_key("k", RowKind::kHashField, "f"));
  node.mint(edits);
  CHECK_FALSE(node.holds("k"));
}

TEST_CASE("an expiry whose key is gone goes at its time, and one that never passes after a grace",
          "[expirer]") {
  Expiring node;
  node.mint({value("k", 0), value("p", 0)});
  Operation touched =
      node.data.operation(kElsewhere, {expiry("k", node.in(5s)), expiry("p", 0)}, Hlc{(kStartMs << 16) + 99});
  node.mint({removal("k"), removal("p")});
  node.apply(touched);
  CHECK(node.due().empty());
  node.pass(kGrace);
  CHECK(node.write_due() == 1);
  CHECK_FALSE(node.holds("p"));
  node.pass(5s);
  CHECK(node.write_due() == 1);
  CHECK_FALSE(node.holds("k"));
}

TEST_CASE("of much that is due at once some is deleted each round, until all is", "[expirer]") {
  Expiring node;
  for (uint64_t i = 0; i < 3 * Expirer::kKeysPerRound; ++i) node.mint({value(key_of(i), node.in(5s))});
  node.pass(6s);
  for (int turn = 0; turn < 3; ++turn) CHECK(node.write_due() == Expirer::kKeysPerRound);
  CHECK(node.write_due() == 0);
  CHECK(node.data.db->key_count().value() == 0);
}

TEST_CASE("a large key goes in several operations, hidden to the last", "[expirer]") {
  Expiring node;
  std::vector<Edit> fields;
  for (size_t i = 0; i < 2 * Expirer::kEditsPerRound + 1; ++i)
    fields.push_back(field("h", std::to_string(i)));
  node.mint(fields);
  node.mint({expiry("h", node.in(5s))});
  node.pass(5s);
  for (int turn = 0; turn < 2; ++turn) {
    CHECK(node.write_due() == Expirer::kEditsPerRound);
    CHECK_FALSE(node.data.db->read(row_key("h", RowKind::kKeyExpiry)).value()->empty());
  }
  CHECK(node.write_due() == 2);
  CHECK_FALSE(node.holds("h"));
}

TEST_CASE("what expired of others' goes after a grace", "[expirer]") {
  Expiring node;
  node.write(kElsewhere, {value("k", node.in(5s))});
  node.write(kElsewhere, {field("h"), expiry("h", node.in(5s))});
  node.write(kElsewhere, {value("lasting", 0)});
  node.pass(5s + kGrace - 21ms);
  CHECK(node.due().empty());
  node.pass(1ms);
  CHECK(node.write_due() == 3);
  CHECK_FALSE(node.holds("k"));
  CHECK_FALSE(node.holds("h"));
  CHECK(node.holds("lasting"));
}

TEST_CASE("what a store held before a start is found in its rows", "[expirer]") {
  Expiring node;
  const bool own = GENERATE(true, false);
  node.write(own ? kHere : kElsewhere, {value("k", node.in(5s)), value("lasting", 0)});
  node.write(own ? kHere : kElsewhere, {field("h"), expiry("h", node.in(4s))});
  Expirer later{*node.data.db, NodeId{}};
  REQUIRE(later.start());
  later.acts_as(kHere);
  CHECK_FALSE(later.search());  // not before a merge has all that was there at the start
  node.data.merge();
  auto search = later.search();
  REQUIRE(search);
  CHECK_FALSE(later.search());  // one at a time
  REQUIRE(search());
  CHECK_FALSE(later.search());
  CHECK(later.scheduled() == 2);
  node.pass(5s);
  REQUIRE(later.due(node.now).value().edits.size() == (own ? 3 : 0));
  node.pass(kGrace);
  CHECK(later.due(node.now).value().edits.size() == (own ? 0 : 3));
}

TEST_CASE(
    "an expiry that never passes and has nothing to keep goes a grace after it was written, a start between",
    "[expirer]") {
  Expiring node;
  node.mint({expiry("k", 0)});
  node.data.merge();
  Expirer later{*node.data.db, NodeId{}};
  later.acts_as(kHere);
  REQUIRE(later.start());
  auto search = later.search();
  REQUIRE(search);
  REQUIRE(search());
  CHECK_FALSE(later.search());
  CHECK(later.due(node.now).value().edits.empty());
  node.pass(kGrace + 1s);
  CHECK(later.due(node.now).value().edits.size() == 1);
}

TEST_CASE("a store that never saw an expiry is not searched", "[expirer]") {
  Expiring node;
  node.mint({value("k", 0), field("h")});
  node.data.merge();
  Expirer later{*node.data.db, NodeId{}};
  REQUIRE(later.start());
  CHECK_FALSE(later.search());
}

TEST_CASE("what the schedule has no room for is searched for when there is some", "[expirer]") {
  ExpirySchedule schedule;
  for (size_t i = 0; i < ExpirySchedule::kEntriesMax; ++i) schedule.add({i, {}});
  CHECK_FALSE(schedule.wants_more());
  schedule.add({5, {}});
  while (schedule.size() >= ExpirySchedule::kEntriesMax / 4) {
    REQUIRE_FALSE(schedule.wants_more());
    schedule.take();
  }
  CHECK(schedule.wants_more());
  schedule.searching();
  CHECK_FALSE(schedule.wants_more());
}

TEST_CASE("a row that cannot be read is an error", "[expirer]") {
  Expiring node;
  node.mint({value("k", node.in(5s))});
  node.data.merge();
  node.data.merge();  // it is in no table any more
  node.pass(5s);
  for (int fetches = 0; fetches < Expirer::kFetchesMax; ++fetches) {
    const auto round = node.expirer.due(node.now);
    REQUIRE(round);
    if (round->fetch.empty()) return;  // the cache has it
    node.pass(Expirer::kRoundPause);
  }
  node.data.disk->fail_one(MemoryDisk::Operation::kRead);
  const auto round = node.expirer.due(node.now);
  REQUIRE_FALSE(round);
  CHECK(round.error().code == ErrorCode::kIo);
}

TEST_CASE("whoever wrote it and whenever, in the end nothing expired is left and all else is", "[expirer]") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    Expiring node;
    std::map<std::string, uint64_t> expires;  // by key; 0: never
    for (uint64_t i = 1; i <= 2000; ++i) {
      const std::string key = key_of(random() % 400);
      const uint64_t at = random() % 3 == 0 ? 0 : node.in(std::chrono::milliseconds(1 + random() % 100'000));
      const bool touch =
          random() % 4 == 0 && node.holds(key) && expires[key] != 0 && expires[key] > node.now.wall_ms();
      expires[key] = at;
      node.write(random() % 2 == 0 ? kHere : kElsewhere, {touch ? expiry(key, at) : value(key, at)});
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
    for (const auto& [key, at] : expires) {
      INFO(key << " at " << at);
      REQUIRE(node.holds(key) == (at == 0));
    }
  }
}
