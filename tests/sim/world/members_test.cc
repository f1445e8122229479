#include <catch2/catch.hpp>

#include "sim/world/world.h"

using namespace tutti::sim;

namespace {

Scenario scenario(const char* kind, double amount) {
  Scenario s;
  s.sizes() = Scenario::small_sizes();
  s.cluster.nodes = {3, 3};
  s.cluster.spares = {2, 2};
  s.workload.seconds = {10, 10};
  s.workload.writes_per_second = {20, 20};
  FaultSpec fault;
  fault.kind = kind;
  fault.at_s = 3;
  fault.for_s = {4, 4};
  fault.target = 1;
  fault.amount = {amount, amount};
  s.faults.push_back(fault);
  return s;
}

}  // namespace

TEST_CASE("machines that join while it runs catch up, and count from then on") {
  const Scenario s = scenario("join-storm", 2);
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const RunReport report = World(s, seed).run();
    INFO("seed " << seed << ": " << (report.failure ? report.failure->what : ""));
    CHECK(!report.failure);
    CHECK(report.starts == 5);
  }
}

TEST_CASE("a copy of a disk runs beside the original, and neither harms what is promised") {
  const Scenario s = scenario("copied-disk", 0);
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const RunReport report = World(s, seed).run();
    INFO("seed " << seed << ": " << (report.failure ? report.failure->what : ""));
    CHECK(!report.failure);
    CHECK((report.starts == 4 || report.starts == 5));  // three nodes, the copy, sometimes the original again
  }
}

TEST_CASE("spare machines that nobody uses change nothing") {
  Scenario s = scenario("join-storm", 1);
  s.faults.clear();
  const RunReport report = World(s, 1).run();
  CHECK(!report.failure);
  CHECK(report.starts == 3);
}
