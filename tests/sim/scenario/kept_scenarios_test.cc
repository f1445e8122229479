#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "sim/kernel/scenario.h"
#include "sim/scenario/scenario_file.h"
#include "sim/world/world.h"

using namespace tutti::sim;

// What once failed, found by the swarm, shrunk, and mended. Each file says in words what it showed.
TEST_CASE("every kept scenario, which failed once, holds") {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(TUTTI_SOURCE_DIR "/sim/scenarios/kept"))
    files.insert(entry.path());
  REQUIRE(!files.empty());
  for (const auto& file : files) {
    const auto scenario = read_scenario(file.string(), {});
    INFO(file << ": " << (scenario ? "" : scenario.error().message));
    REQUIRE(scenario);
    REQUIRE(scenario->seed);
    const RunReport report = World(*scenario, *scenario->seed).run();
    INFO((report.failure ? report.failure->checker + ": " + report.failure->what : ""));
    CHECK(!report.failure);
  }
}
