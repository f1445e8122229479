#include "sim/watch/narrator.h"

#include <catch2/catch.hpp>
#include <string>

#include "sim/world/world.h"

using namespace tutti::sim;

namespace {

std::string told(const Narrator::Filter& filter) {
  Scenario scenario;
  scenario.cluster.nodes = {2, 2};
  scenario.workload.seconds = {1, 1};
  scenario.workload.writes_per_second = {0, 0};
  scenario.commands = {{0.5, 0, 0, {"SET", "apple", "red"}}, {0.6, 1, 0, {"SET", "plum", "blue"}}};
  char* text = nullptr;
  size_t size = 0;
  std::FILE* file = open_memstream(&text, &size);
  World world(scenario, 1);
  world.narrate(file, filter);
  REQUIRE(!world.run().failure);
  std::fclose(file);
  std::string all(text, size);
  std::free(text);
  return all;
}

}  // namespace

TEST_CASE("a narrated run says when, where, what and why") {
  using Catch::Matchers::Contains;
  const std::string all = told({});
  CHECK_THAT(all, Contains("    0.500000  n0   is asked: SET apple red"));
  CHECK_THAT(all, Contains("n0   writes n0#1:1: apple.* = \"red\"") && Contains("<- client: SET apple red"));
  CHECK_THAT(all, Contains("n1   applies n0#1:1: apple.* = \"red\""));
}

TEST_CASE("a narration keeps to the key, the node and the time asked for") {
  using Catch::Matchers::Contains;
  const std::string key = told({std::nullopt, "plum", 0});
  CHECK_THAT(key, Contains("plum") && !Contains("apple"));
  const std::string node = told({size_t{1}, "", 0});
  CHECK_THAT(node, Contains("n1") && !Contains("  n0  "));
  CHECK_THAT(told({std::nullopt, "", 0.55}), Contains("SET plum") && !Contains("SET apple"));
}
