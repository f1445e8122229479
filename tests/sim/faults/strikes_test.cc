#include <catch2/catch.hpp>

#include "sim/run/script.h"
#include "sim/world/world.h"

using namespace tutti::sim;

namespace {

// Faults of every scope, often enough to overlap.
Scenario scenario() {
  Scenario s;
  s.sizes() = Scenario::small_sizes();
  s.network.loss = {0, 0.1};
  s.workload.seconds = {10, 10};
  for (const FaultKind& kind : fault_kinds()) {
    FaultSpec fault;
    fault.kind = kind.name;
    fault.every_s = {3, 9};
    fault.for_s = {0.1, 4};
    fault.amount = {0.1, 0.3};
    s.faults.push_back(fault);
  }
  return s;
}

}  // namespace

TEST_CASE("strikes written back as faults of their own are the same run") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Scenario drawn = scenario();
    World first(drawn, seed);
    const RunReport before = first.run();
    INFO("seed " << seed << ": "
                 << (before.failure ? before.failure->checker + ": " + before.failure->what : ""));
    REQUIRE(!before.failure);
    REQUIRE(first.strikes().size() > 10);
    Scenario listed = drawn;
    listed.faults.clear();
    for (const Strike& strike : first.strikes()) listed.faults.push_back(written_back(strike));
    World second(listed, seed);
    CHECK(second.run().trace_hash == before.trace_hash);
    CHECK(second.strikes().size() == first.strikes().size());
  }
}

TEST_CASE("a strike draws the same whatever strikes beside it") {
  Scenario s = scenario();
  const auto of_kind = [](const World& world, const std::string& kind) {
    std::vector<Strike> strikes = world.strikes();
    std::erase_if(strikes, [&](const Strike& strike) { return strike.kind != kind; });
    return strikes;
  };
  for (FaultSpec& fault : s.faults) {
    if (fault.kind == "partition") fault.every_s = {1, 2};
  }
  World all(s, 1);
  all.run();
  for (FaultSpec& fault : s.faults) {
    if (fault.kind != "partition") fault.every_s = {0, 0};
  }
  World alone(s, 1);
  alone.run();
  const auto a = of_kind(all, "partition"), b = of_kind(alone, "partition");
  REQUIRE(!a.empty());
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].draw == b[i].draw);
    CHECK(a[i].at_s == b[i].at_s);
  }
}
