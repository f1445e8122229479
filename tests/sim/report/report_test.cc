#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "sim/kernel/seeded_random.h"
#include "sim/report/documents.h"
#include "sim/report/run_recorder.h"
#include "sim/report/statistics.h"
#include "sim/world/world.h"

using namespace tutti;
using namespace tutti::sim;

namespace {

constexpr ActorId kAda{1}, kBob{2};

Instant at(int ms) { return Instant(std::chrono::milliseconds(ms)); }
VersionVector clock(std::vector<VersionVector::Entry> entries) { return VersionVector(entries); }

Scenario small_scenario() {
  Scenario scenario;
  scenario.sizes() = Scenario::small_sizes();
  scenario.cluster.nodes = {4, 4};
  scenario.workload.seconds = {10, 10};
  scenario.network.loss = {0.1, 0.1};
  for (const char* kind : {"partition", "power-loss", "restart"}) {
    FaultSpec fault;
    fault.kind = kind;
    fault.every_s = {3, 3};
    scenario.faults.push_back(fault);
  }
  return scenario;
}

}  // namespace

TEST_CASE("a latency's quantile is within 1.6 % of the sorted list's") {
  SeededRandom random(7, "latencies");
  LatencyHistogram histogram;
  std::vector<double> sorted;
  for (int i = 0; i < 20'000; ++i) {
    const double us = random.log_between(1, 1e8);
    histogram.add(Duration(static_cast<int64_t>(us) * 1000));
    sorted.push_back(std::floor(us) / 1000);
  }
  std::ranges::sort(sorted);
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact = sorted[static_cast<size_t>(std::ceil(share * 20'000)) - 1];
    CHECK(*histogram.quantile(share) == Approx(exact).epsilon(0.016));
  }
  CHECK(histogram.steps().back().share == 1);
  CHECK_FALSE(LatencyHistogram().quantile(0.5));
}

TEST_CASE("an operation is late until the last node has it") {
  Propagation p(3);
  for (size_t node = 0; node < 3; ++node) p.takes_part(node);
  for (size_t i = 0; i < 3; ++i) p.up(i, true);
  p.holds(at(100), 0, clock({{kAda, Counter{1}}}));
  p.settle(at(100));
  CHECK(p.behind(0) == 0);
  CHECK(p.behind(1) == 1);
  CHECK_FALSE(p.complete_since());
  p.holds(at(130), 1, clock({{kAda, Counter{1}}}));
  p.holds(at(150), 2, clock({{kAda, Counter{1}}}));
  p.settle(at(150));
  CHECK(p.complete_since() == at(150));
  CHECK(p.each().count() == 2);
  CHECK(p.all().count() == 1);
  CHECK(*p.all().quantile(1) == Approx(50).epsilon(0.02));
  p.up(1, false);
  p.settle(at(160));
  CHECK_FALSE(p.complete_since());
}

TEST_CASE("what nobody holds any more leaves nobody behind, and what comes back is no news") {
  Propagation p(2);
  for (size_t node = 0; node < 2; ++node) p.takes_part(node);
  p.up(0, true);
  p.up(1, true);
  p.holds(at(10), 0, clock({{kAda, Counter{3}}}));
  p.holds(at(20), 1, clock({{kAda, Counter{2}}}));
  // A power loss takes the third, which was nowhere else, and the second, which is.
  p.holds(at(30), 0, clock({{kAda, Counter{1}}}));
  CHECK(p.gone() == 1);
  CHECK(p.behind(0) == 1);
  CHECK(p.behind(1) == 0);
  p.holds(at(40), 0, clock({{kAda, Counter{2}}, {kBob, Counter{1}}}));
  CHECK(p.behind(0) == 0);
  CHECK(p.each().count() == 2);
  // A restored disk brings the third back.
  p.holds(at(50), 1, clock({{kAda, Counter{3}}}));
  CHECK(p.gone() == 0);
  CHECK(p.behind(1) == 1);
}

TEST_CASE("frames grow longer, not more, and lose nothing of what was sent") {
  Propagation p(2);
  for (size_t node = 0; node < 2; ++node) p.takes_part(node);
  p.up(0, true);
  p.up(1, true);
  Timeline timeline(2, std::chrono::milliseconds(10), p);
  for (int ms = 0; ms < 100'000; ++ms) {
    timeline.advance(at(ms));
    timeline.sent(0, 1, 100);
    if (ms == 70'000) timeline.was_down(1);
  }
  timeline.finish(at(100'000));
  CHECK(timeline.frames().size() <= 600);
  CHECK(timeline.frames().size() >= 250);
  uint64_t bytes = 0, link_bytes = 0;
  size_t down = 0;
  Instant last{};
  for (const auto& frame : timeline.frames()) {
    CHECK(frame.end > last);
    last = frame.end;
    bytes += frame.nodes[0].sent_bytes;
    for (const auto& link : frame.links) link_bytes += link.bytes;
    if (!frame.nodes[1].up) ++down;
  }
  CHECK(last == at(100'000));
  CHECK(bytes == 10'000'000);
  CHECK(link_bytes == 10'000'000);
  CHECK(timeline.sent_bytes() == 10'000'000);
  CHECK(down == 1);
  CHECK(Timeline::coarsened(timeline.frames(), 50).size() <= 50);
}

TEST_CASE("a recorded run has the trace of one that nobody watched, and ends where its clocks ended") {
  const Scenario scenario = small_scenario();
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    const RunReport unwatched = World(scenario, seed).run();
    RunRecorder recorder(std::chrono::seconds(15));
    const RunReport watched = World(scenario, seed, &recorder).run();
    CAPTURE(seed);
    CHECK(watched.trace_hash == unwatched.trace_hash);
    CHECK(watched.events == unwatched.events);
    REQUIRE_FALSE(watched.failure);
    CHECK(recorder.propagation().written() == watched.operations);
    CHECK(recorder.propagation().complete() == 4);
    CHECK(recorder.time_to_converge());
    CHECK(recorder.journal().faults().size() > 0);
  }
}

TEST_CASE("a page's data cannot end the script it stands in") {
  RunRecorder recorder(std::chrono::seconds(1));
  recorder.began(Instant{}, 1, {}, {});
  recorder.takes_part(0);
  recorder.told(Instant{}, 0, "alarm: bad message", "</script><b>");
  recorder.ended(at(5), nullptr);
  const Study study{"run", {"</script>", {"a < b"}, "run"}, {{{}, {Outcome{}}}}};
  CHECK(run_page_json(study, recorder).find('<') == std::string::npos);
}

TEST_CASE("the permutation test knows chance from difference") {
  const std::vector<double> low = {1, 2, 3, 4, 5, 6}, high = {11, 12, 13, 14, 15, 16},
                            mixed = {2, 1, 4, 3, 6, 5};
  CHECK(*permutation_p(low, high) == Approx(2.0 / 924));
  CHECK(*permutation_p(low, mixed) == 1);
  CHECK_FALSE(permutation_p(std::vector<double>{1, 2, 3}, high));
  std::vector<double> many, shifted;
  SeededRandom random(3, "samples");
  for (int i = 0; i < 40; ++i) many.push_back(random.unit()), shifted.push_back(random.unit() + 0.5);
  CHECK(*permutation_p(many, shifted) < 0.01);
}

TEST_CASE("the interval of a median holds it, and narrows with more values") {
  SeededRandom random(5, "values");
  std::vector<double> few, many;
  for (int i = 0; i < 8; ++i) few.push_back(random.unit());
  for (int i = 0; i < 400; ++i) many.push_back(random.unit());
  const Interval wide = median_interval(few), narrow = median_interval(many);
  CHECK(*wide.low <= *wide.median);
  CHECK(*wide.median <= *wide.high);
  CHECK(*narrow.low < 0.5);
  CHECK(*narrow.high > 0.5);
  CHECK(*narrow.high - *narrow.low < *wide.high - *wide.low);
  CHECK_FALSE(median_interval(std::vector<double>{1, 2}).low);
  CHECK_FALSE(median_interval({}).median);
}
