#include "sim/machine/node_clock.h"

#include <catch2/catch.hpp>

using namespace tutti;
using namespace tutti::sim;

TEST_CASE("a drifting clock goes on from where it was, and its deadlines come neither early nor late") {
  NodeClock clock(std::chrono::seconds(1000), std::chrono::milliseconds(-250));
  Instant now{};
  Instant shown = clock.at(now).mono;
  for (const int64_t ppm : {0, 50, -50, 50'000, -400'000, 500'000, 0}) {
    clock.drift(now, ppm);
    CHECK(clock.at(now).mono == shown);
    for (const int64_t ahead : {0, 1, 7, 999'999, 200'000'000}) {
      const Instant deadline = shown + Duration(ahead);
      const Instant at = clock.to_virtual(deadline);
      CHECK(clock.at(at).mono >= deadline);
      CHECK((ahead == 0 || clock.at(at - Duration(1)).mono < deadline));
    }
    now += std::chrono::seconds(10);
    shown = clock.at(now).mono;
  }
  const Duration wall = clock.at(now).wall.time_since_epoch(), mono = clock.at(now).mono.time_since_epoch();
  clock.shift_wall(std::chrono::milliseconds(40));
  CHECK(clock.at(now).wall.time_since_epoch() == wall + std::chrono::milliseconds(40));
  CHECK(clock.at(now).mono.time_since_epoch() == mono);
}
