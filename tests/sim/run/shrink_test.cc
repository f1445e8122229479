#include "sim/run/shrink.h"

#include <catch2/catch.hpp>

#include "sim/run/script.h"

using namespace tutti::sim;

namespace {

// Fails by `convergence`, as nothing ever arrives; any single write shows it.
Scenario deaf() {
  Scenario s;
  s.sizes() = Scenario::small_sizes();
  s.cluster.nodes = {4, 4};
  s.network.loss = {1, 1};
  s.network.latency_ms = {100'000, 100'000};
  s.workload.seconds = {3, 3};
  s.checks.heal_seconds = 2;
  FaultSpec fault;
  fault.kind = "restart";
  fault.every_s = {1, 1};
  s.faults.push_back(fault);
  return s;
}

}  // namespace

TEST_CASE("a failure that one write shows shrinks to one event and two nodes") {
  const auto shrunk = shrink(deaf(), 5, {});
  REQUIRE(shrunk);
  REQUIRE(*shrunk);
  CHECK((*shrunk)->events_before > 20);
  CHECK((*shrunk)->events == 1);
  CHECK((*shrunk)->scenario.cluster.nodes.low == 2);
  CHECK((*shrunk)->failure.checker == "convergence");
  CHECK((*shrunk)->scenario.seed == 5);
  CHECK(scripted_events((*shrunk)->scenario) == 1);
}

TEST_CASE("a seed that holds does not shrink") {
  Scenario quiet;
  quiet.sizes() = Scenario::small_sizes();
  quiet.workload.seconds = {1, 1};
  const auto shrunk = shrink(quiet, 1, {});
  REQUIRE(shrunk);
  CHECK(!*shrunk);
}
