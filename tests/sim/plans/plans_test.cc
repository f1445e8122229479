#include <catch2/catch.hpp>

#include "sim/plans/grid.h"
#include "sim/plans/search.h"
#include "sim/plans/target.h"

using namespace tutti;
using namespace tutti::sim;

TEST_CASE("a grid keeps ranges whole and turns its last axis fastest") {
  const auto nodes = read_grid_axis("cluster.nodes=[3,5],7");
  const auto loss = read_grid_axis("network.loss=0,0.05");
  REQUIRE(nodes);
  REQUIRE(loss);
  CHECK(nodes->values == std::vector<std::string>{"[3,5]", "7"});
  const auto cells = combinations({*nodes, *loss});
  REQUIRE(cells.size() == 4);
  CHECK(cells[1] == std::vector<std::string>{"cluster.nodes=[3,5]", "network.loss=0.05"});
  CHECK(cells[2] == std::vector<std::string>{"cluster.nodes=7", "network.loss=0"});
  CHECK(combinations({}).size() == 1);
  CHECK_FALSE(read_grid_axis("network.loss"));
  CHECK_FALSE(read_grid_axis("network.loss=0,,1"));
}

TEST_CASE("targets and freedoms are read, or refused with words") {
  using Catch::Matchers::Contains;
  const auto target = read_target("latency_p99_ms<=2000");
  REQUIRE(target);
  CHECK(target->met(2000));
  CHECK_FALSE(target->met(2001));
  CHECK(read_target("reached_all>0.99")->met(1));
  CHECK_FALSE(read_target("reached_all>0.99")->met(0.99));
  CHECK_THAT(read_target("latency<5").error().message, Contains("latency_p99_ms"));
  CHECK_THAT(read_target("latency_p99_ms=5").error().message, Contains("metric<number"));
  CHECK_THAT(read_target("latency_p99_ms<fast").error().message, Contains("no number"));
  CHECK(read_freedom("cluster.neighbours=3..12")->whole);
  CHECK_FALSE(read_freedom("network.loss=0.0..0.5")->whole);
  CHECK_FALSE(read_freedom("cluster.neighbours=12..3"));
  CHECK_FALSE(read_freedom("cluster.neighbours=12"));
}

TEST_CASE("a freedom's values reach from end to end, by factors where the ends lie far apart") {
  const Freedom far{"a", 10, 1000, true}, near{"b", 1, 3, true}, share{"c", 0, 0.1, false};
  CHECK(spread(far, 3) == std::vector<double>{10, 100, 1000});
  CHECK(spread(near, 6) == std::vector<double>{1, 2, 3});
  CHECK(spread(share, 3) == std::vector<double>{0, 0.05, 0.1});
  CHECK(between(far, 10, 1000) == 100);
  CHECK(setting(share, 0.05) == "c=0.05");
}

namespace {

// Cost falls and latency rises with the period; neighbours cost and shorten. The best lies at an edge of the
// target, which no grid point hits.
Search::Try latency_model(const std::vector<double>& point) {
  const double period = point[0], neighbours = point[1];
  const double latency = period * 2 / neighbours, cost = 1e6 / period + 50 * neighbours;
  return {point, latency < 500, cost};
}

}  // namespace

TEST_CASE("a search comes near the cheapest point that meets the target, within its tries") {
  size_t tried = 0;
  const auto evaluate = [&](const std::vector<std::vector<double>>& points) {
    std::vector<Search::Try> tries;
    for (const auto& point : points) tries.push_back(latency_model(point)), ++tried;
    return tries;
  };
  Search search({{"period", 100, 2000, true}, {"neighbours", 3, 12, true}}, 60, evaluate);
  search.run();
  REQUIRE(search.best());
  CHECK(tried == search.tries().size());
  CHECK(tried <= 60);
  double best = 1e9;
  for (int period = 100; period <= 2000; ++period) {
    for (int neighbours = 3; neighbours <= 12; ++neighbours) {
      const auto made = latency_model({static_cast<double>(period), static_cast<double>(neighbours)});
      if (made.meets) best = std::min(best, *made.cost);
    }
  }
  CHECK(*search.tries()[*search.best()].cost <= best * 1.1);
}

TEST_CASE("a search without any point that meets the target says so") {
  const auto evaluate = [](const std::vector<std::vector<double>>& points) {
    std::vector<Search::Try> tries;
    for (const auto& point : points) tries.push_back({point, false, 1.0});
    return tries;
  };
  Search search({{"period", 100, 2000, true}}, 60, evaluate);
  search.run();
  CHECK_FALSE(search.best());
  CHECK(search.tries().size() == 6);
}
