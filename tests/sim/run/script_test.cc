#include "sim/run/script.h"

#include <catch2/catch.hpp>

#include "sim/scenario/scenario_file.h"
#include "sim/scenario/settings.h"
#include "sim/scenario/swarm.h"
#include "sim/world/world.h"

using namespace tutti::sim;

namespace {

// Whatever the shipped swarm can draw.
Scenario drawn(uint64_t seed) {
  Scenario frame;
  frame.sizes() = Scenario::small_sizes();
  frame.swarm = true;
  frame.cluster.nodes = {2, 6};
  frame.cluster.spares = {0, 2};
  frame.network.loss = {0, 0.2};
  frame.network.reorder = {0, 0.2};
  frame.workload.seconds = {4, 8};
  for (const char* kind :
       {"partition", "power-loss", "restart", "wipe", "restore", "slow-sync", "join-storm"}) {
    FaultSpec fault;
    fault.kind = kind;
    fault.every_s = {1, 4};
    fault.for_s = {0.1, 2};
    fault.amount = {1, 20};
    frame.faults.push_back(fault);
  }
  return swarm_variant(frame, seed);
}

}  // namespace

TEST_CASE("a run written down as a script and read back is the same run, event for event") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const Scenario scenario = drawn(seed);
    World first(scenario, seed);
    first.record();
    const RunReport once = first.run();
    const std::string text = write_scenario(scripted(scenario, first), "a comment\nof two lines");
    const auto script = parse_scenario(text, "script", {});
    REQUIRE(script);
    CHECK(script->commands.size() == first.commands().size());
    const RunReport again = World(*script, seed).run();
    INFO("seed " << seed);
    CHECK(again.trace_hash == once.trace_hash);
    CHECK(again.operations == once.operations);
  }
}

TEST_CASE("a written scenario reads back with every setting") {
  Scenario scenario = drawn(3);
  scenario.name = "odd \"name\"\t\\";
  scenario.seed = 77;
  const std::string text = write_scenario(scenario, "");
  const auto back = parse_scenario(text, "written", {});
  REQUIRE(back);
  CHECK(back->name == scenario.name);
  CHECK(back->seed == scenario.seed);
  for (const SettingSpec& spec : setting_specs()) {
    INFO(spec.path);
    CHECK(spec.write(*back) == spec.write(scenario));
  }
  CHECK(write_scenario(*back, "") == text);
}

TEST_CASE("seeds of a swarm differ in what they are made of, and a seed always draws the same") {
  std::set<size_t> faults;
  bool noise = false, interval = false, no_counters = false;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const Scenario variant = drawn(seed);
    CHECK(!variant.swarm);
    CHECK(write_scenario(variant, "") == write_scenario(drawn(seed), ""));
    faults.insert(variant.faults.size());
    noise |= variant.cluster.noise;
    interval |= variant.cluster.durability == tutti::Durability::kInterval;
    no_counters |= variant.workload.counters.high == 0;
  }
  CHECK(faults.size() >= 4);
  CHECK(noise);
  CHECK(interval);
  CHECK(no_counters);
}
