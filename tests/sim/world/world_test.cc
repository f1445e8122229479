#include "sim/world/world.h"

#include <catch2/catch.hpp>

using namespace tutti::sim;

namespace {

// Small, short, with a little of everything.
Scenario scenario() {
  Scenario s;
  s.sizes() = Scenario::small_sizes();
  s.network.loss = {0, 0.1};
  s.network.reorder = {0, 0.2};
  s.workload.seconds = {10, 10};
  for (const char* kind : {"partition", "power-loss", "restart"}) {
    FaultSpec fault;
    fault.kind = kind;
    fault.every_s = {2, 6};
    fault.for_s = {0.1, 2};
    s.faults.push_back(fault);
  }
  return s;
}

RunReport run(const Scenario& s, uint64_t seed) { return World(s, seed).run(); }

}  // namespace

TEST_CASE("a cluster under faults keeps every promise") {
  const Scenario s = scenario();
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const RunReport report = run(s, seed);
    INFO("seed " << seed << ": "
                 << (report.failure ? report.failure->checker + ": " + report.failure->what : ""));
    CHECK(!report.failure);
    CHECK(report.operations > 0);
    CHECK(report.acknowledged > 0);
  }
}

TEST_CASE("a cluster whose nodes keep streams to some neighbours only keeps every promise") {
  Scenario s = scenario();
  s.cluster.nodes = {7, 10};
  s.cluster.mesh_members_max = {0, 4};
  s.cluster.neighbours = {1, 3};
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const RunReport report = run(s, seed);
    INFO("seed " << seed << ": "
                 << (report.failure ? report.failure->checker + ": " + report.failure->what : ""));
    CHECK(!report.failure);
    CHECK(report.operations > 0);
  }
}

TEST_CASE("where neighbours are few pushes alone bring every write to every node") {
  Scenario s;
  s.sizes() = Scenario::small_sizes();
  s.cluster.nodes = {25, 25};
  s.cluster.mesh_members_max = {0, 0};
  s.cluster.neighbours = {1, 1};
  s.cluster.clock_grace_ms = {1e6, 1e6};  // nobody asks for what a push has not brought
  s.workload.writes_per_second = {20, 20};
  s.checks.heal_seconds = 1;
  const RunReport report = run(s, 1);
  INFO((report.failure ? report.failure->checker + ": " + report.failure->what : ""));
  CHECK(!report.failure);
  CHECK(report.operations > 100);
}

TEST_CASE("the same seed is the same run, another seed another") {
  const Scenario s = scenario();
  const RunReport once = run(s, 7);
  CHECK(once.trace_hash == run(s, 7).trace_hash);
  CHECK(once.trace_hash != run(s, 8).trace_hash);
}

TEST_CASE("a cluster that speaks the real cipher converges too") {
  Scenario s = scenario();
  s.cluster.noise = true;
  CHECK(!run(s, 1).failure);
}

TEST_CASE("logs do not wait for a member that is long silent, and it comes back by a transfer") {
  Scenario s;
  s.sizes() = Scenario::small_sizes();
  s.cluster.nodes = {3, 3};
  s.cluster.log_bytes_keep = {1024, 1024};
  s.cluster.log_bytes_hard_max = {1e9, 1e9};
  s.workload.writes_per_second = {5, 5};
  s.workload.seconds = {200, 200};
  FaultSpec away;
  away.kind = "isolate";
  away.at_s = 5;
  away.for_s = {180, 180};
  away.target = 2;
  s.faults.push_back(away);
  const RunReport report = run(s, 1);
  INFO((report.failure ? report.failure->what : ""));
  CHECK(!report.failure);
  CHECK(report.joins > 0);
}

TEST_CASE("a cluster that stays divided is caught by convergence") {
  Scenario s = scenario();
  s.faults.clear();
  s.network.loss = {1, 1};
  s.network.latency_ms = {100'000, 100'000};
  s.checks.heal_seconds = 5;
  const RunReport report = run(s, 1);
  REQUIRE(report.failure);
  CHECK(report.failure->checker == "convergence");
}
