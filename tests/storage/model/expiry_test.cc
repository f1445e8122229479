#include "storage/model/expiry.h"

#include <catch2/catch.hpp>
#include <deque>
#include <random>

#include "storage/model/key_view.h"
#include "storage/model/views.h"

// When payloads end, by hand.
namespace tutti {
namespace {

const ActorId kA{1}, kB{2}, kC{3};

Hlc at(uint64_t ms, uint64_t count = 0) { return {(ms << 16) + count}; }

// A row; owns its payloads.
struct Row {
  std::deque<std::string> payloads;
  Lives lives;

  Row& add(Dot dot, Hlc hlc, std::string payload) {
    payloads.push_back(std::move(payload));
    lives.push_back({dot, hlc, {0}, payloads.back()});
    return *this;
  }
};

std::string increment(int64_t by, uint64_t expires_ms = 0) {
  return encode_payload(next_increment(std::nullopt, {0}, {0}, by, expires_ms));
}
std::string saved(Dot dot, Hlc hlc, int64_t worth) {
  Payload payload;
  payload.kind = PayloadKind::kSaved;
  payload.total = worth;
  payload.saved = {PayloadKind::kCounter, hlc, dot};
  return encode_payload(payload);
}
std::string shown(const Row& row, uint64_t now_ms, const KeyExpiries& expiries = {},
                  RowKind kind = RowKind::kRegister) {
  const auto folded = fold_lww(row.lives, now_ms, kind, expiries);
  return folded ? std::string(folded->value()) + " until " + std::to_string(folded->expires_ms) : "nothing";
}
KeyExpiries expiries(const Row& row) { return KeyExpiries(row.lives); }

TEST_CASE("an expiry holds for the values before it, and not for a later one", "[expiry]") {
  Row touch;
  touch.add({kB, {1}}, at(5), expiry_payload(100, 5));
  Row before, after;
  before.add({kA, {1}}, at(4), value_payload("v", 50));
  after.add({kA, {1}}, at(6), value_payload("v", 50));
  CHECK(shown(before, 10, expiries(touch)) == "v until 100");
  CHECK(shown(after, 10, expiries(touch)) == "v until 50");
  CHECK(shown(before, 100, expiries(touch)) == "nothing");
}

TEST_CASE("of concurrent expiries the longest life counts, and PERSIST is the longest", "[expiry]") {
  Row value, touches;
  value.add({kA, {1}}, at(1), value_payload("v"));
  touches.add({kA, {2}}, at(5), expiry_payload(200, 5)).add({kB, {1}}, at(6), expiry_payload(100, 6));
  CHECK(shown(value, 10, expiries(touches)) == "v until 200");
  touches.add({kC, {1}}, at(4), expiry_payload(0, 4));
  CHECK(shown(value, 1000, expiries(touches)) == "v until 0");
}

TEST_CASE("an expiry does not bring back what had ended before it", "[expiry]") {
  Row value, touch;
  value.add({kA, {1}}, at(1), value_payload("v", 10));
  touch.add({kB, {1}}, at(15), expiry_payload(100, 15));
  CHECK(shown(value, 20, expiries(touch)) == "nothing");
}

// The clocks are apart: an element may carry an expiry that had passed by its own hlc.
TEST_CASE("an expiry keeps in sight what was, and brings back nothing, as long as none before it has passed",
          "[expiry]") {
  std::mt19937 random(GENERATE(1u, 2u, 3u));
  const auto draw = [&](uint64_t below) { return random() % below; };
  for (int round = 0; round < 20'000; ++round) {
    const uint64_t now_ms = 1 + draw(20);
    Row before, after;
    uint64_t last_ms = now_ms;
    for (uint64_t n = draw(3); n > 0; --n) {
      const uint64_t written_ms = 1 + draw(20), wall_ms = 1 + draw(written_ms);
      const Hlc from = draw(2) == 0 ? Hlc{} : at(wall_ms + draw(written_ms - wall_ms + 1));
      before.add({kA, {n}}, at(written_ms, n),
                 expiry_payload(draw(4) == 0 ? 0 : 1 + draw(40), wall_ms, from));
      last_ms = std::max(last_ms, written_ms);
    }
    Row element;
    const uint64_t written_ms = 1 + draw(20);
    element.add({kB, {1}}, at(written_ms, draw(5)), member_payload(draw(3) == 0 ? 0 : 1 + draw(40)));
    last_ms = std::max(last_ms, written_ms);
    const KeyExpiries were = expiries(before);
    if (were.any_ended(last_ms)) continue;
    const auto since = were.since(now_ms);
    after.add({kC, {1}}, at(last_ms, 9), expiry_payload(0, since.ms, since.from));
    const auto dead = [&](const KeyExpiries& by) {
      return ends_of(element.lives, RowKind::kSetMember, by)[0].dead(now_ms);
    };
    CHECK(dead(were) == dead(expiries(after)));
  }
}

TEST_CASE("a field or member is also under an expiry that was there before it", "[expiry]") {
  Row field, touch;
  touch.add({kB, {1}}, at(5), expiry_payload(100, 5));
  SECTION("written while that lasted") {
    field.add({kA, {1}}, at(6), value_payload("v"));
    CHECK(shown(field, 50, expiries(touch), RowKind::kHashField) == "v until 100");
    CHECK(shown(field, 100, expiries(touch), RowKind::kHashField) == "nothing");
  }
  SECTION("but not one that is written after its end") {
    field.add({kA, {1}}, at(100), value_payload("v"));
    CHECK(shown(field, 200, expiries(touch), RowKind::kHashField) == "v until 0");
  }
  SECTION("and one that carries an expiry keeps it where the key's is gone") {
    field.add({kA, {1}}, at(6), value_payload("v", 100));
    CHECK(shown(field, 99, {}, RowKind::kHashField) == "v until 100");
    CHECK(shown(field, 100, {}, RowKind::kHashField) == "nothing");
  }
}

TEST_CASE("an increment lasts as long as the value that it counts on", "[expiry]") {
  Row counter;
  counter.add({kA, {1}}, at(3), value_payload("10", 50)).add({kB, {1}}, at(4), increment(1, 20));
  CHECK(shown(counter, 30) == "11 until 50");
  CHECK(shown(counter, 50) == "nothing");
  SECTION("one written after that value's end begins anew") {
    counter.add({kC, {1}}, at(50), increment(5));
    CHECK(shown(counter, 49) == "16 until 50");
    CHECK(shown(counter, 60) == "5 until 0");
  }
}

TEST_CASE("an increment that had ended does not count on a later value", "[expiry]") {
  Row counter;
  counter.add({kA, {1}}, at(3), increment(1, 20)).add({kB, {1}}, at(30), value_payload("10"));
  CHECK(shown(counter, 40) == "10 until 0");
}

TEST_CASE("an increment that two nodes saved counts once", "[expiry]") {
  Row counter;
  counter.add({kA, {1}}, at(9), value_payload("10"));
  for (const ActorId by : {kB, kC}) counter.add({by, {7}}, at(9), saved({kC, {1}}, at(3), 4));
  CHECK(shown(counter, 40) == "14 until 0");
}

TEST_CASE("a saved value is as old as it was", "[expiry]") {
  Row row;
  Payload payload;
  payload.kind = PayloadKind::kSaved;
  payload.value = "old";
  payload.saved = {PayloadKind::kValue, at(3), {kC, {1}}};
  row.add({kA, {1}}, at(5), value_payload("new")).add({kB, {1}}, at(9), encode_payload(payload));
  CHECK(shown(row, 40) == "new until 0");
}

TEST_CASE("the newest payload gives a key's type, whether it has ended or not", "[expiry]") {
  const KeyExpiries none;
  KeyView view(50, none);
  Row value, member;
  view.take(RowKind::kRegister, value.add({kA, {1}}, at(5), value_payload("v", 20)).lives);
  view.take(RowKind::kSetMember, member.add({kB, {1}}, at(3), member_payload()).lives);
  CHECK(view.kind() == RowKind::kRegister);
  CHECK_FALSE(view.alive(RowKind::kRegister));
  CHECK(view.alive(RowKind::kSetMember));
}

}  // namespace
}  // namespace tutti
