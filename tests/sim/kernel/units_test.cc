#include "sim/kernel/units.h"

#include <catch2/catch.hpp>

#include "sim/kernel/seeded_random.h"

using namespace tutti;
using namespace tutti::sim;
using namespace std::chrono_literals;

TEST_CASE("an instant written as seconds is read back as the same instant") {
  SeededRandom random(1, "instants");
  for (int i = 0; i < 10'000; ++i) {
    const Instant at{Duration(static_cast<int64_t>(random.below(1'000'000'000'000'000)))};
    REQUIRE(Instant{from_seconds(to_seconds(at))} == at);
  }
}

TEST_CASE("milliseconds, rates and sizes become nanoseconds") {
  CHECK(from_milliseconds(0.2) == 200us);
  CHECK(from_milliseconds(1e-7) == 0ns);
  CHECK(mean_gap(50) == 20ms);
  CHECK(sending_time(1500, 1e6) == 1500us);
  CHECK(to_seconds(1500ms) == 1.5);
}
