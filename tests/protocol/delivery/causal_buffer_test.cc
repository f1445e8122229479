#include "protocol/delivery/causal_buffer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using namespace tutti;

namespace {

Operation operation(uint64_t actor, uint64_t counter, const VersionVector& clock) {
  VersionVector past = clock;
  past.remove(ActorId{actor});
  return {.dot = {ActorId{actor}, Counter{counter}},
          .hlc = {},
          .past = std::make_shared<VersionVector>(past),
          .edits = {Edit{.scope = Edit::Scope::kPrefix, .target = "x", .payload = {}, .replaces = {}}}};
}

// A history of several actors that see each other's operations late.
std::vector<Operation> random_history(std::mt19937_64& random, size_t size) {
  std::vector<Operation> all;
  std::vector<VersionVector> clocks(4);
  while (all.size() < size) {
    const uint64_t actor = 1 + random() % clocks.size();
    VersionVector& clock = clocks[actor - 1];
    if (random() % 3 == 0) clock.join(clocks[random() % clocks.size()]);
    all.push_back(operation(actor, clock.get(ActorId{actor}).value + 1, clock));
    clock.raise(all.back().dot);
  }
  return all;
}

}  // namespace

TEST_CASE("whatever the order of arrival, operations leave the buffer in causal order, all of them") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Operation> history = random_history(random, 60);
    std::shuffle(history.begin(), history.end(), random);
    CausalBuffer buffer(1000, 1 << 20);
    VersionVector clock;
    const auto apply = [&](const Operation& op) {
      REQUIRE(op.ready_at(clock));
      REQUIRE_FALSE(clock.covers(op.dot));
      clock.raise(op.dot);
    };
    for (const Operation& arrived : history) {
      if (!arrived.ready_at(clock)) {
        REQUIRE(buffer.add(arrived, clock));
        REQUIRE_FALSE(buffer.add(arrived, clock));  // once is enough
        continue;
      }
      std::vector<Dot> applied{arrived.dot};
      apply(arrived);
      while (!applied.empty()) {
        if (auto next = buffer.take_ready(applied.back(), clock)) {
          apply(*next);
          applied.push_back(next->dot);
        } else {
          applied.pop_back();
        }
      }
    }
    REQUIRE(buffer.operations() == 0);
    REQUIRE(buffer.bytes() == 0);
  }
}

TEST_CASE("a full buffer drops the newest and says so") {
  CausalBuffer buffer(2, 1 << 20);
  VersionVector seen;
  seen.raise({ActorId{9}, Counter{1}});
  REQUIRE(buffer.add(operation(1, 1, seen), {}));
  REQUIRE(buffer.add(operation(2, 1, seen), {}));
  REQUIRE_FALSE(buffer.add(operation(3, 1, seen), {}));
  REQUIRE(buffer.operations() == 2);
}

TEST_CASE("what a transfer covers is dropped, and what it makes ready comes out") {
  CausalBuffer buffer(10, 1 << 20);
  VersionVector seen;
  seen.raise({ActorId{9}, Counter{1}});
  REQUIRE(buffer.add(operation(1, 1, seen), {}));
  REQUIRE(buffer.add(operation(2, 1, seen), {}));
  VersionVector covered;
  covered.raise({ActorId{1}, Counter{1}});
  buffer.drop_covered(covered);
  REQUIRE(buffer.operations() == 1);
  covered.join(seen);
  const auto ready = buffer.take_all_ready(covered);
  REQUIRE(ready.size() == 1);
  REQUIRE(ready[0].dot.actor == ActorId{2});
  REQUIRE(buffer.bytes() == 0);
}
