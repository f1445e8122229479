#include "storage/model/views.h"

#include <catch2/catch.hpp>
#include <deque>

#include "storage/base/integer.h"
#include "storage/model/operation.h"
#include "storage/model/row_key.h"

// A row and its writers, by hand: what each view makes of concurrent writes.
namespace tutti {
namespace {

const ActorId kA{1}, kB{2};
const std::string kRow = row_key("n", RowKind::kRegister);

// One node's row, to which operations are applied in any order.
struct RowAt {
  Lives row;
  VersionVector clock;
  std::deque<Operation> applied;  // payloads are views into them

  void apply(const Operation& op) {
    applied.push_back(op);
    for (const Edit& edit : applied.back().edits)
      apply_edit(row, applied.back(), edit, edit.scope != Edit::Scope::kPrefix);
    clock.raise(op.dot);
  }
  Operation make(ActorId actor, Edit edit) {
    VersionVector past = clock;
    past.remove(actor);
    Operation op{{actor, {clock.get(actor).value + 1}},
                 {100 + clock.get(actor).value},
                 std::make_shared<VersionVector>(past),
                 {std::move(edit)}};
    REQUIRE(find_fault(op) == std::nullopt);
    return op;
  }
  Operation set(ActorId actor, ByteView value, uint64_t expires = 0) {
    return make(actor, {Edit::Scope::kRow, kRow, value_payload(value, expires), {}});
  }
  Operation del(ActorId actor) { return make(actor, {Edit::Scope::kKey, key_prefix("n"), {}, {}}); }
  Operation incr(ActorId actor, int64_t by) {
    std::optional<Payload> last;
    Counter last_counter{0}, reset_at{0};
    std::vector<Dot> own;
    for (const Live& live : row) {
      if (live.dot.actor != actor || payload_kind(live.payload) != PayloadKind::kCounter) continue;
      last = decode_payload(live.payload);
      last_counter = live.dot.counter;
      reset_at = live.reset_at;
      own.push_back(live.dot);
    }
    return make(actor, {Edit::Scope::kRow, kRow,
                        encode_payload(next_increment(last, last_counter, reset_at, by, 0)), own});
  }
  std::string value(uint64_t now = 0) const {
    const auto folded = fold_lww(row, now);
    return folded ? std::string(folded->value()) : "nothing";
  }
};

TEST_CASE("the greatest of concurrent values wins, and a later write replaces all", "[views]") {
  RowAt a, b;
  const Operation one = a.set(kA, "one"), two = b.set(kB, "two");
  for (const auto& op : {one, two}) a.apply(op);
  for (const auto& op : {two, one}) b.apply(op);
  CHECK(a.value() == "two");  // the same hlc: the greater dot
  CHECK(b.value() == "two");
  const Siblings both = fold_siblings(a.row, 0);
  CHECK(both.values == std::vector<ByteView>{"two", "one"});
  CHECK(both.context == std::vector<Dot>{{kB, {1}}, {kA, {1}}});
  a.apply(a.set(kA, "three"));
  CHECK(a.row.size() == 1);
  CHECK(a.value() == "three");
}

TEST_CASE("a write with a context leaves the siblings it had not seen", "[views]") {
  RowAt a;
  a.apply(a.set(kA, "one"));
  RowAt b;
  a.apply(b.set(kB, "two"));
  a.apply(a.make(kA, {Edit::Scope::kRow, kRow, value_payload("merged"), std::vector<Dot>{{kA, {1}}}}));
  CHECK(fold_siblings(a.row, 0).values.size() == 2);
}

TEST_CASE("an expired winner hides its losers", "[views]") {
  RowAt a, b;
  a.apply(a.set(kA, "lasting"));
  a.apply(b.set(kB, "passing", 1000));
  CHECK(a.value(999) == "passing");
  CHECK(a.value(1000) == "nothing");
  CHECK(fold_siblings(a.row, 1000).values == std::vector<ByteView>{"lasting"});
}

TEST_CASE("increments by all add up, on top of a number", "[views]") {
  RowAt a;
  a.apply(a.set(kA, "10"));
  RowAt b = a;
  const Operation from_a = a.incr(kA, 5), from_b = b.incr(kB, -2);
  a.apply(from_a);
  a.apply(from_b);
  CHECK(a.value() == "13");
  a.apply(a.incr(kA, 1));
  CHECK(a.value() == "14");
  CHECK(a.row.size() == 3);
}

TEST_CASE("an increment beside a delete keeps only what the deleter had not seen", "[views]") {
  RowAt a, b;
  const Operation ten = a.incr(kA, 10);
  a.apply(ten);
  b.apply(ten);
  const Operation one = a.incr(kA, 1), gone = b.del(kB);
  a.apply(one);
  a.apply(gone);
  b.apply(gone);
  b.apply(one);
  CHECK(a.value() == "1");
  CHECK(b.value() == "1");
  const HashKey key{};
  std::string bytes_a, bytes_b;
  encode_row(a.row, bytes_a);
  encode_row(b.row, bytes_b);
  CHECK(row_fingerprint(key, kRow, bytes_a) == row_fingerprint(key, kRow, bytes_b));
  a.apply(a.incr(kA, 4));
  CHECK(a.value() == "5");
}

TEST_CASE("taking what an actor saved takes nothing of the actor's own counting", "[views]") {
  RowAt row;
  row.apply(row.incr(kA, 5));
  row.apply(row.incr(kA, 2));
  Payload saved;
  saved.kind = PayloadKind::kSaved;
  saved.expires_ms = 1000;
  saved.total = 10;
  saved.saved = SavedFrom{PayloadKind::kCounter, {50}, {kB, {1}}};
  row.apply(row.make(kA, {Edit::Scope::kRow, kRow, encode_payload(saved), std::vector<Dot>{}}));
  CHECK(row.value() == "17");
  const Dot its{kA, {3}};
  Edit reaped{Edit::Scope::kRow, kRow, {}, std::vector<Dot>{its}, true, false};
  row.apply(row.make(kB, reaped));
  CHECK(row.value() == "7");
  row.apply(row.incr(kA, 1));
  CHECK(row.value() == "8");
  reaped = {Edit::Scope::kRow, kRow, {}, std::vector<Dot>{{kA, {2}}}, true, true};
  row.apply(row.make(kB, reaped));
  CHECK(row.value() == "1");
}

TEST_CASE("a chain outgrows its marks, and nodes still agree", "[views]") {
  for (size_t seen = 0; seen <= 40; ++seen) {
    RowAt a, b, late;
    std::vector<Operation> chain;
    for (size_t i = 0; i < 40; ++i) {
      chain.push_back(a.incr(kA, 1));
      a.apply(chain.back());
      if (i < seen) b.apply(chain.back());
      REQUIRE(decode_payload(a.row[0].payload)->marks.size() <= kCounterMarksMax);
    }
    CHECK(a.value() == "40");
    const Operation gone = b.del(kB);
    a.apply(gone);
    // Another order of the same operations.
    for (size_t i = 0; i < seen; ++i) late.apply(chain[i]);
    late.apply(gone);
    for (size_t i = seen; i < 40; ++i) late.apply(chain[i]);
    CHECK(a.value() == late.value());
    // Exact where the deleter was little behind, or far; between, what lies between two marks may count
    // double.
    const auto left = seen == 40 ? 0 : std::stoll(a.value());
    CHECK(left >= static_cast<long long>(40 - seen));
    if (seen <= 1 || seen >= 33) CHECK(left == static_cast<long long>(40 - seen));
  }
}

TEST_CASE("a member is present where any add lives", "[views]") {
  RowAt a, b;
  const Edit add{Edit::Scope::kRow, row_key("s", RowKind::kSetMember, "m"), member_payload(), {}};
  const Edit remove{Edit::Scope::kRow, add.target, {}, {}};
  const Operation first = a.make(kA, add);
  a.apply(first);
  b.apply(first);
  const Operation removed = a.make(kA, remove), again = b.make(kB, add);
  a.apply(removed);
  CHECK_FALSE(fold_member(a.row, 0));
  a.apply(again);
  CHECK(fold_member(a.row, 0));  // added beside the remove: it stays
  a.apply(a.make(kA, remove));
  CHECK_FALSE(fold_member(a.row, 0));
}

TEST_CASE("a payload of a kind that does not belong hides no value", "[views]") {
  RowAt a, b;
  a.apply(a.set(kA, "value"));
  a.apply(b.make(kB, {Edit::Scope::kRow, kRow, member_payload(), {}}));
  CHECK(a.value() == "value");
}

TEST_CASE("integers are taken as Redis takes them", "[views]") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-9223372036854775808") == INT64_MIN);
  CHECK(parse_integer("9223372036854775807") == INT64_MAX);
  for (const char* bad :
       {"", "-", "+1", "01", "-0", " 1", "1 ", "1a", "9223372036854775808", "123456789012345678901"}) {
    CHECK_FALSE(parse_integer(bad));
  }
}

}  // namespace
}  // namespace tutti
