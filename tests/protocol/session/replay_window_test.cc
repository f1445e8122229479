#include "protocol/session/replay_window.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/protocol/session/memory_network.h"

using namespace tutti;

namespace {

// Obvious and slow: every counter ever marked.
class OracleWindow {
 public:
  bool is_fresh(uint64_t counter) const {
    if (seen_.contains(counter)) return false;
    return seen_.empty() || counter > *seen_.rbegin() || *seen_.rbegin() - counter < ReplayWindow::kBits;
  }
  bool mark(uint64_t counter) {
    const bool newest = seen_.empty() || counter > *seen_.rbegin();
    seen_.insert(counter);
    return newest;
  }

 private:
  std::set<uint64_t> seen_;
};

}  // namespace

TEST_CASE("the replay window agrees with a set of all counters", "[replay]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    test::SeededRandom random(seed);
    ReplayWindow window;
    OracleWindow oracle;
    uint64_t around = random.below(20'000);
    for (int i = 0; i < 20'000; ++i) {
      switch (random.below(50)) {
        case 0: around += random.below(2 * ReplayWindow::kBits + 10); break;
        case 1: around += ReplayWindow::kBits - 1 + random.below(3); break;
        default: around += random.below(3);
      }
      const uint64_t back = random.below(4) == 0 ? random.below(ReplayWindow::kBits + 100) : random.below(70);
      const uint64_t counter = around - std::min(around, back);
      const bool fresh = window.is_fresh(counter);
      REQUIRE(fresh == oracle.is_fresh(counter));
      if (fresh && random.below(10) != 0) REQUIRE(window.mark(counter) == oracle.mark(counter));
    }
  }
}

TEST_CASE("asking about a counter marks nothing", "[replay]") {
  ReplayWindow window;
  CHECK(window.is_fresh(uint64_t{1} << 40));
  CHECK(window.is_fresh(0));
  CHECK(window.mark(5));
  CHECK(window.is_fresh(0));
  CHECK_FALSE(window.is_fresh(5));
  CHECK_FALSE(window.is_fresh(~uint64_t{0}));
}
