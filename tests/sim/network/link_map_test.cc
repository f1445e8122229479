#include "sim/network/link_map.h"

#include <catch2/catch.hpp>

#include "sim/network/links.h"
#include "sim/scenario/scenario_file.h"

using namespace tutti;
using namespace tutti::sim;
using std::chrono::milliseconds;

namespace {

constexpr const char* kTwoRegions = R"(
[cluster]
nodes = 6
[network]
latency_ms = [1, 2]
loss = 0.01
[[region]]
name = "eu"
share = 2
[[region]]
name = "us"
latency_ms = [3, 4]
[[link]]
from = "eu"
to = "us"
latency_ms = [40, 60]
[[link]]
from = "us"
to = "eu"
one_way = true
loss = 0.2
[[link]]
from = "n0"
to = "*"
bytes_per_second = 1000
)";

LinkMap map_of(const std::string& text, size_t nodes) {
  const auto scenario = parse_scenario(text, "test", {});
  REQUIRE(scenario);
  SeededRandom random(1, "map");
  return LinkMap(*scenario, nodes, random);
}

}  // namespace

TEST_CASE("nodes are dealt to regions by shares, and links follow the last rule that fits") {
  const LinkMap map = map_of(kTwoRegions, 6);
  CHECK(map.regions() == std::vector<size_t>{0, 0, 0, 0, 1, 1});
  CHECK(map.quality(1, 2).latency_max == milliseconds(2));
  CHECK(map.quality(4, 5).latency_min == milliseconds(3));
  CHECK(map.quality(1, 4).latency_min == milliseconds(40));
  CHECK(map.quality(4, 1).latency_max == milliseconds(60));
  CHECK(map.quality(1, 4).loss == 0.01);
  CHECK(map.quality(4, 1).loss == 0.2);
  CHECK(map.quality(0, 3).bytes_per_second == 1000);
  CHECK(map.quality(3, 0).bytes_per_second == 1000);
  CHECK(map.quality(0, 4).latency_min == milliseconds(40));
  CHECK(map.quality(1, 3).bytes_per_second == 0);
}

TEST_CASE("an exponential latency is never below its low end, and once in a hundred above its high one") {
  Links links(2, map_of("[network]\nlatency_ms = [10, 50]\nlatency = \"exponential\"\n", 2),
              SeededRandom(1, "network"));
  size_t above = 0;
  constexpr size_t kPackets = 100'000;
  for (size_t i = 0; i < kPackets; ++i) {
    const Duration taken = *links.packet(0, 1);
    REQUIRE(taken >= milliseconds(10));
    above += taken > milliseconds(50);
  }
  CHECK(above > kPackets / 200);
  CHECK(above < kPackets / 50);
}

TEST_CASE("a link to a place that is not there is named with its line") {
  using Catch::Matchers::Contains;
  const auto refusal = [](const std::string& text) { return parse_scenario(text, "f", {}).error().message; };
  CHECK_THAT(refusal("[[link]]\nfrom = \"*\"\nto = \"mars\"\n"), Contains("line 3") && Contains("mars"));
  CHECK_THAT(refusal("[cluster]\nnodes = [2, 9]\n[[link]]\nfrom = \"*\"\nto = \"n2\"\n"),
             Contains("n2") && Contains("as few as 2"));
  CHECK_THAT(refusal("[[link]]\nfrom = \"*\"\n"), Contains("needs from and to"));
  CHECK_THAT(refusal("[[region]]\nshare = 1\n"), Contains("needs a name"));
  CHECK_THAT(refusal("[[expect]]\nmetric = \"x\"\n"), Contains("below or above"));
}
