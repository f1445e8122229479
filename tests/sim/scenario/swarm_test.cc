#include "sim/scenario/swarm.h"

#include <catch2/catch.hpp>

#include "sim/kernel/scenario.h"
#include "sim/scenario/scenario_file.h"

using namespace tutti;
using namespace tutti::sim;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kFrame =
    "swarm = true\n[network]\nloss = [0, 0.1]\n"
    "[[fault]]\nkind = \"partition\"\n[[fault]]\nkind = \"wipe\"\n";

Result<Scenario> frame(const std::string& themes, const std::vector<std::string>& overrides = {}) {
  return parse_scenario(kFrame + themes, "a test", overrides);
}

std::string refusal(const std::string& themes) {
  const auto read = frame(themes);
  return read ? "" : read.error().message;
}

}  // namespace

TEST_CASE("a theme takes its share of the seeds, with its settings and no other kinds of faults") {
  const auto given =
      frame("[[theme]]\nname = \"lossy\"\nshare = 0.25\nfaults = [\"partition\"]\nnetwork.loss = 0.5\n");
  REQUIRE(given);
  size_t themed = 0, wipes_beside = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    const Scenario variant = swarm_variant(*given, seed);
    const bool wipes = std::ranges::any_of(variant.faults, [](const auto& f) { return f.kind == "wipe"; });
    if (variant.theme.empty()) {
      CHECK(variant.network.loss.high <= 0.1);
      wipes_beside += wipes;
      continue;
    }
    ++themed;
    CHECK(variant.network.loss.low == 0.5);
    CHECK(!wipes);
    CHECK_THAT(summary(variant), Contains("about lossy"));
  }
  CHECK(themed > 70);
  CHECK(themed < 130);
  CHECK(wipes_beside > 0);
}

TEST_CASE("seeds that no theme takes are what they are without themes") {
  const auto with = frame("[[theme]]\nname = \"lossy\"\nshare = 0.25\nnetwork.loss = 0.5\n");
  const auto without = frame("");
  REQUIRE((with && without));
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const Scenario variant = swarm_variant(*with, seed);
    if (variant.theme.empty())
      CHECK(write_scenario(variant, "") == write_scenario(swarm_variant(*without, seed), ""));
  }
}

TEST_CASE("what the command line sets no theme sets otherwise") {
  const auto given =
      frame("[[theme]]\nname = \"lossy\"\nshare = 1\nnetwork.loss = 0.5\nnetwork.link_ms = 7\n",
            {"network.loss=0.01"});
  REQUIRE(given);
  const Scenario variant = swarm_variant(*given, 1);
  CHECK(variant.network.loss.high == 0.01);
  CHECK(variant.network.link_ms.high == 7);
}

TEST_CASE("a theme that cannot be is refused when it is read") {
  CHECK_THAT(refusal("[[theme]]\nname = \"x\"\nshare = 0.1\nnetwork.los = 1\n"), Contains("network.los"));
  CHECK_THAT(refusal("[[theme]]\nname = \"x\"\nshare = 0.1\nfaults = [\"flood\"]\n"), Contains("flood"));
  CHECK_THAT(refusal("[[theme]]\nshare = 0.1\n"), Contains("needs a name"));
  CHECK_THAT(refusal("[[theme]]\nname = \"x\"\nshare = 0.6\n[[theme]]\nname = \"y\"\nshare = 0.6\n"),
             Contains("more than 1"));
}

TEST_CASE("a frame with themes is written and read back") {
  const auto given = frame(
      "[[theme]]\nname = \"lossy\"\nshare = 0.25\nfaults = []\nnetwork.loss = [0.2, 0.5]\n"
      "cluster.cipher = \"noise\"\n");
  REQUIRE(given);
  const std::string text = write_scenario(*given, "");
  const auto again = parse_scenario(text, "written", {});
  REQUIRE(again);
  CHECK(write_scenario(*again, "") == text);
  REQUIRE(again->themes.size() == 1);
  CHECK(again->themes[0].faults->empty());
  CHECK(again->themes[0].settings.size() == 2);
}
