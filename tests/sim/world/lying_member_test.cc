#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/sim/world/replica_pair.h"

// Node 0 is a member that does what no sound node does; node 1 is to stand.
using namespace tutti;
using tutti::sim::ReplicaPair;

namespace {

constexpr int kSeconds = 1000;  // steps, a millisecond each

bool told(ReplicaPair::Node& node, std::string_view words) {
  return std::ranges::any_of(node.events,
                             [&](const auto& event) { return event.text.find(words) != std::string::npos; });
}

Edit set_edit(ByteView key) { return {Edit::Scope::kKey, key_prefix(key), value_payload("value"), {}}; }

}  // namespace

TEST_CASE("an operation with a key beyond the bound is refused, its sender named, and its log survived") {
  const std::string longest(kKeyBytesMax, 'k');
  const std::string row = row_key(longest, RowKind::kHashField, std::string(kSubkeyBytesMax, 'f'));
  const Edit edit = GENERATE_COPY(set_edit(longest + "k"), set_edit(std::string(100'000, 'k')),
                                  Edit{Edit::Scope::kRow, row + "f", value_payload("x"), {}},
                                  Edit{Edit::Scope::kPrefix, escaped(longest + "k"), {}, {}});
  ReplicaPair pair(1);
  pair.write(0, {edit});
  pair.write(0, {set_edit("sound")});
  REQUIRE_FALSE(pair.until([&] { return pair.equal(); }, 5 * kSeconds));
  CHECK(told(pair[1], "beyond 65536 bytes"));
  CHECK(pair[1].database->clock().empty());
  // It goes on, and so does who holds such a key already: it is read and swept like others.
  pair.set(1, "other", "value");
  pair.restart(0);
  CHECK(pair.until([&] { return pair.has(0, "other"); }, 70 * kSeconds));
}

TEST_CASE("keys, fields and members at their bounds are taken") {
  ReplicaPair pair(2);
  // A zero byte takes two in a row key.
  const std::string longest = GENERATE(std::string(kKeyBytesMax, 'k'), std::string(kKeyBytesMax, '\0'));
  pair.write(0, {set_edit(longest)});
  pair.write(0, {Edit{Edit::Scope::kRow,
                      row_key(longest, RowKind::kHashField, std::string(kSubkeyBytesMax, '\0')),
                      value_payload("x"),
                      {}}});
  CHECK(pair.until([&] { return pair.equal(); }, 5 * kSeconds));
}

TEST_CASE("a transfer whose clock claims more of a process than it wrote is refused") {
  ReplicaPair pair(3, {.log_bytes_keep = 1, .log_sample_records = 1});
  pair.cut();
  const Dot mine = pair.set(1, "mine", "value");
  for (uint64_t counter = 1; counter <= 50; ++counter) {
    REQUIRE(pair[0].database->apply({{mine.actor, Counter{counter}},
                                     {1000 + counter},
                                     std::make_shared<const VersionVector>(),
                                     {set_edit("forged")}}));
    REQUIRE(pair[0].database->commit());
  }
  pair.set(0, "sound", "value");
  // What node 0 has goes into its rows, and its log is cut of all of it.
  auto merge = pair[0].database->begin_merge();
  auto outcome = merge->run();
  REQUIRE(pair[0].database->finish_merge(std::move(merge), std::move(outcome)));
  const auto cut = pair[0].database->cut_log(pair[0].database->clock());
  REQUIRE(cut);
  REQUIRE(cut());
  pair.join();
  CHECK(pair.until([&] { return told(pair[1], "claims 50 writes of this process, which has written 1"); },
                   30 * kSeconds));
  CHECK(pair[1].database->clock().get(mine.actor) == mine.counter);
  CHECK(pair.set(1, "mine", "again").counter == Counter{2});
}

TEST_CASE("an empty source wipes no other node: its transfer waits for an operator's word") {
  constexpr int kRows = 300;
  ReplicaPair pair(4, {.log_bytes_keep = 1, .log_sample_records = 1});
  for (int i = 0; i < kRows; ++i) pair.set(1, "key" + std::to_string(i), "value");
  REQUIRE(pair.until([&] { return pair.equal(); }, 5 * kSeconds));
  pair.cut();
  // Node 0 loses its rows, claims to have applied all, and writes on.
  Database& liar = *pair[0].database;
  std::vector<StagedRow> none;
  for (int i = 0; i < kRows; ++i)
    none.push_back({row_key("key" + std::to_string(i), RowKind::kRegister), {}});
  VersionVector clock = liar.clock();
  clock.raise({ActorId{99}, Counter{1}});
  REQUIRE(liar.join(clock, none));
  auto merge = liar.begin_merge();
  auto outcome = merge->run();
  REQUIRE(liar.finish_merge(std::move(merge), std::move(outcome)));
  pair.join();
  REQUIRE(pair.until([&] { return told(pair[1], "would delete 300 of the 300 rows here"); }, 30 * kSeconds));
  Admin& admin = pair[1].replica->admin();
  REQUIRE(admin.doubted_transfer());
  CHECK(admin.doubted_transfer()->source == "a");
  CHECK(admin.doubted_transfer()->deletes == kRows);
  REQUIRE_FALSE(pair.until([&] { return !pair.has(1, "key1"); }, 70 * kSeconds));

  SECTION("denied, nothing changes") {
    REQUIRE(admin.decide_transfer(false));
    CHECK_FALSE(pair.until([&] { return !pair.has(1, "key1"); }, 130 * kSeconds));
    CHECK(admin.doubted_transfer()->denied);
  }
  SECTION("allowed, it is joined") {
    REQUIRE(admin.decide_transfer(true));
    CHECK(pair.until([&] { return pair.equal(); }, 30 * kSeconds));
    CHECK_FALSE(pair.has(1, "key1"));
    CHECK_FALSE(admin.doubted_transfer());
  }
}
