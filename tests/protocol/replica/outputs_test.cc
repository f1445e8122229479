#include "protocol/replica/outputs.h"

#include <catch2/catch.hpp>
#include <cstring>

using namespace tutti;
using namespace std::chrono_literals;

namespace {

constexpr auto kBad = Outputs::EventKind::kBadMessage;

Now at(Duration since) { return {Instant(1h) + since, {}}; }

NodeId peer(uint32_t n) {
  NodeId id;
  std::memcpy(id.bytes.data(), &n, sizeof n);
  return id;
}

size_t events(Outputs& outputs) {
  size_t count = 0;
  while (outputs.poll()) ++count;
  return count;
}

}  // namespace

TEST_CASE("one noisy peer is told of once in a while, and hides no other") {
  Outputs outputs;
  for (int i = 0; i < 100; ++i) outputs.seldom_event(at(i * 1ms), kBad, peer(1), "noise");
  CHECK(events(outputs) == 1);
  outputs.seldom_event(at(1s), kBad, peer(2), "another");
  outputs.seldom_event(at(1s), Outputs::EventKind::kClockAhead, peer(1), "something else");
  CHECK(events(outputs) == 2);
  outputs.seldom_event(at(Outputs::kSeldom), kBad, peer(1), "noise");
  CHECK(events(outputs) == 1);
}

TEST_CASE("what is remembered of noisy peers is bounded, and so is what is told of them") {
  Outputs outputs;
  const auto everybody = [&](Duration since) {
    for (uint32_t n = 0; n < 2 * Outputs::kSeldomMax; ++n)
      outputs.seldom_event(at(since), kBad, peer(n), "noise");
    return events(outputs);
  };
  CHECK(everybody(0s) == Outputs::kSeldomMax);
  CHECK(everybody(Outputs::kSeldom) == Outputs::kSeldomMax);
}

TEST_CASE("a forgotten peer's noise is told anew") {
  Outputs outputs;
  outputs.seldom_event(at(0s), kBad, peer(1), "noise");
  outputs.forget(peer(1));
  outputs.seldom_event(at(1ms), kBad, peer(1), "noise");
  CHECK(events(outputs) == 2);
}
