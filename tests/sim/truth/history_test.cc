#include "sim/truth/history.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/checkers/expected_rows.h"
#include "sim/checkers/whole_operation.h"
#include "sim/kernel/seeded_random.h"
#include "storage/model/row_key.h"

using namespace tutti;
using namespace tutti::sim;

namespace {

Operation write(uint64_t actor, uint64_t counter, VersionVector past, std::vector<Edit> edits) {
  past.remove(ActorId{actor});
  return {.dot = {ActorId{actor}, Counter{counter}},
          .hlc = Hlc{counter},
          .past = std::make_shared<const VersionVector>(std::move(past)),
          .edits = std::move(edits)};
}
Edit set(const std::string& key, const std::string& value) {
  return {Edit::Scope::kRow, row_key(key, RowKind::kRegister), value_payload(value), std::nullopt};
}
Edit del(const std::string& key) { return {Edit::Scope::kKey, key_prefix(key), std::nullopt, std::nullopt}; }
VersionVector clock(std::vector<VersionVector::Entry> entries) { return VersionVector(entries); }

size_t live(const History& history, History::RowIndex row, const VersionVector& at) {
  std::vector<uint32_t> out;
  history.define(row, at, out);
  return out.size();
}

// Straight from rule 4, over all operations: slow and obvious.
size_t live_by_definition(const std::vector<Operation>& all, const std::string& row,
                          const VersionVector& at) {
  size_t count = 0;
  for (const Operation& brings : all) {
    const bool here = at.covers(brings.dot) && std::ranges::any_of(brings.edits, [&](const Edit& edit) {
                        return edit.scope == Edit::Scope::kRow && edit.target == row && edit.payload;
                      });
    const bool replaced = std::ranges::any_of(all, [&](const Operation& other) {
      return at.covers(other.dot) && other.past_covers(brings.dot) && other.dot != brings.dot &&
             std::ranges::any_of(other.edits, [&](const Edit& edit) { return row.starts_with(edit.target); });
    });
    count += here && !replaced;
  }
  return count;
}

}  // namespace

TEST_CASE("concurrent writes live beside each other until one that has seen both replaces them") {
  History history;
  history.add(write(1, 1, {}, {set("k", "a")}), 0);
  history.add(write(2, 1, {}, {set("k", "b")}), 1);
  history.add(write(1, 2, clock({{ActorId{1}, Counter{1}}, {ActorId{2}, Counter{1}}}), {set("k", "c")}), 0);
  CHECK(live(history, 0, clock({{ActorId{1}, Counter{1}}})) == 1);
  CHECK(live(history, 0, clock({{ActorId{1}, Counter{1}}, {ActorId{2}, Counter{1}}})) == 2);
  CHECK(live(history, 0, clock({{ActorId{1}, Counter{2}}, {ActorId{2}, Counter{1}}})) == 1);
}

TEST_CASE("a later edit of an operation replaces what an earlier one brought") {
  History history;
  history.add(write(1, 1, {}, {set("k", "a"), set("k", "b")}), 0);
  CHECK(live(history, 0, clock({{ActorId{1}, Counter{1}}})) == 1);
  history.add(write(1, 2, clock({{ActorId{1}, Counter{1}}}), {set("k", "c"), del("k")}), 0);
  CHECK(live(history, 0, clock({{ActorId{1}, Counter{2}}})) == 0);
}

TEST_CASE("the definition, and following it step by step, agree with the slow oracle on random histories") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SeededRandom random(seed, "history");
    History history;
    std::vector<Operation> all;
    std::vector<VersionVector> clocks(3);
    std::vector<ExpectedRows> followed(3, ExpectedRows(history));
    for (int step = 0; step < 60; ++step) {
      const size_t node = random.index(3);
      VersionVector& at = clocks[node];
      std::vector<History::RowIndex> touched;
      if (random.chance(0.4)) {  // takes in the next operation it can
        for (const Operation& op : all) {
          if (at.covers(op.dot) || !op.ready_at(at)) continue;
          at.raise(op.dot);
          followed[node].apply(*history.find(op.dot), at, touched);
          break;
        }
      } else {
        const std::string key = "k" + std::to_string(random.index(2));
        const uint64_t counter = at.get(ActorId{node + 1}).value + 1;
        all.push_back(write(node + 1, counter, at, {random.chance(0.3) ? del(key) : set(key, "v")}));
        const auto& minted = history.add(all.back(), node);
        at.raise(all.back().dot);
        followed[node].apply(minted, at, touched);
      }
      for (History::RowIndex row = 0; row < history.rows(); ++row) {
        const size_t expected = live_by_definition(all, history.row_key(row), at);
        REQUIRE(live(history, row, at) == expected);
        REQUIRE(followed[node].live(row).size() == expected);
      }
    }
  }
}

TEST_CASE("an operation that shows in part is told, one that is there whole, nowhere or replaced is not") {
  History history;
  history.add(write(1, 1, {}, {set("gone", "x")}), 0);
  const auto& both = history.add(
      write(1, 2, clock({{ActorId{1}, Counter{1}}}), {set("a", "1"), set("b", "1"), del("gone")}), 0);
  const VersionVector at = clock({{ActorId{1}, Counter{2}}});
  std::map<std::string, Lives> rows;
  const auto row = [&](const std::string& key) -> Lives& { return rows[row_key(key, RowKind::kRegister)]; };
  const auto said = [&](const VersionVector& now) {
    return partly_applied(history, both, now, [&](const std::string& key) { return &rows[key]; });
  };
  Live old, fresh;
  old.dot = {ActorId{1}, Counter{1}};
  fresh.dot = both.operation.dot;
  row("gone") = {old};
  CHECK(said(at).empty());  // nowhere
  row("a") = {fresh};
  CHECK_THAT(said(at), Catch::Matchers::Contains("in part"));
  row("b") = {fresh};
  CHECK_THAT(said(at), Catch::Matchers::Contains("it has not replaced in"));
  row("gone") = {};
  CHECK(said(at).empty());  // whole
  history.add(write(2, 1, at, {set("b", "2")}), 1);
  row("b") = {};
  CHECK(said(clock({{ActorId{1}, Counter{2}}, {ActorId{2}, Counter{1}}})).empty());
  CHECK(!said(at).empty());
}

TEST_CASE("a counter is worth what clients asked for since its mark, whatever totals its payloads have") {
  History history;
  const std::string row = row_key("c", RowKind::kRegister);
  std::optional<Payload> last;
  const auto increment = [&](uint64_t counter, int64_t by, std::optional<Dot> before) {
    last = next_increment(last, Counter{counter - 1}, Counter{0}, by, 0);
    std::vector<Dot> replaces;
    if (before) replaces.push_back(*before);
    VersionVector past;
    if (counter > 1) past.raise({ActorId{1}, Counter{counter - 1}});
    Edit edit{Edit::Scope::kRow, row, encode_payload(*last), std::move(replaces)};
    const auto& minted = history.add(write(1, counter, past, {std::move(edit)}), 0);
    history.counted(0, minted.brought.front().second, by, before);
  };
  const auto worth = [&](uint32_t index, uint64_t counter) {
    return history.worth(0, history.brought(0, index), clock({{ActorId{1}, Counter{counter}}}));
  };
  increment(1, 5, std::nullopt);
  increment(2, 7, Dot{ActorId{1}, Counter{1}});
  CHECK(worth(1, 2) == 12);
  last->total += 100;  // a node that adds wrongly
  increment(3, 1, Dot{ActorId{1}, Counter{2}});
  CHECK(worth(2, 3) == 13);
  const Lives shown{{{ActorId{1}, Counter{3}}, Hlc{3}, Counter{0}, history.brought(0, 2).payload}};
  const auto wrong = difference(history, 0, clock({{ActorId{1}, Counter{3}}}), {2}, shown);
  CHECK_THAT(wrong.what, Catch::Matchers::Contains("counts 113") && Catch::Matchers::Contains("13, which"));
  increment(4, 2, std::nullopt);  // what it counted on has ended
  CHECK(worth(3, 4) == 2);
}
