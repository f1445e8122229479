#include <algorithm>
#include <catch2/catch.hpp>

#include "protocol/messages/message_codec.h"
#include "sim/checkers/buffer_bounds.h"
#include "sim/checkers/checker_registry.h"
#include "sim/checkers/deliveries.h"
#include "sim/checkers/expected_rows.h"
#include "sim/checkers/probes.h"
#include "sim/machine/watched_transport.h"
#include "sim/run/reruns.h"
#include "sim/truth/history.h"
#include "sim/truth/verdict.h"
#include "sim/world/healing_bounds.h"
#include "sim/world/world.h"
#include "storage/model/row_key.h"
#include "tests/protocol/idle_transport.h"

using namespace tutti;
using namespace tutti::sim;
using Catch::Matchers::Contains;

namespace {

VersionVector clock_of(uint64_t actor, uint64_t counter) {
  VersionVector clock;
  clock.raise({ActorId{actor}, Counter{counter}});
  return clock;
}

Operation operation(uint64_t counter, Edit edit) {
  return {.dot = {ActorId{1}, Counter{counter}},
          .hlc = Hlc{counter},
          .past = std::make_shared<const VersionVector>(),
          .edits = {std::move(edit)}};
}

// A transport that hears everything twice.
class Echoing final : public IdleTransport {
 public:
  bool send_datagram(const Now&, const NodeId& to, ByteView message) override {
    return hear(to, Channel::kDatagram, message);
  }
  bool send_stream(const Now&, const NodeId& to, ByteView message) override {
    return hear(to, Channel::kStream, message);
  }
  size_t stream_backlog_bytes(const NodeId&) const override { return 100; }
  std::optional<Output> poll_output() override {
    if (heard_.empty()) return std::nullopt;
    Output output = heard_.back();
    heard_.pop_back();
    return output;
  }

 private:
  bool hear(const NodeId& to, Channel channel, ByteView message) {
    heard_.insert(heard_.end(), 2, Received{to, channel, std::string(message)});
    return true;
  }
  std::vector<Output> heard_;
};

size_t alarms(bool datagrams, Transport::Channel channel) {
  Deliveries deliveries;
  size_t count = 0;
  WatchedTransport watched(std::make_unique<Echoing>(), NodeId{}, deliveries, datagrams, 100,
                           [&](const char*, const std::string&) { ++count; }, {});
  if (channel == Transport::Channel::kDatagram) {
    watched.send_datagram({}, NodeId{}, "message");
  } else {
    watched.send_stream({}, NodeId{}, "message");
  }
  while (watched.poll_output()) {
  }
  return count;
}

}  // namespace

TEST_CASE("a checker that is switched off fails nothing, the others still do") {
  Verdict verdict({"state"});
  verdict.fail("state", {}, "n0", "differs");
  CHECK(!verdict.failed());
  verdict.fail("log", {}, "n0", "differs");
  REQUIRE(verdict.failed());
  CHECK(verdict.failure()->checker == "log");
}

TEST_CASE("every checker has a name of its own") {
  std::vector<std::string_view> names;
  for (const CheckerKind& kind : checker_kinds()) names.push_back(kind.name);
  std::ranges::sort(names);
  CHECK(std::ranges::adjacent_find(names) == names.end());
  CHECK(is_checker("deleted"));
  CHECK(!is_checker("delete"));
}

TEST_CASE(
    "a message taken once more than it was sent is told, on streams always, of datagrams where promised") {
  using Channel = Transport::Channel;
  CHECK(alarms(true, Channel::kDatagram) == 1);
  CHECK(alarms(false, Channel::kDatagram) == 0);
  CHECK(alarms(false, Channel::kStream) == 1);
}

TEST_CASE("a row that was deleted and is back is told apart from one that differs") {
  History history;
  const std::string row = row_key("k", RowKind::kRegister);
  const Edit set{Edit::Scope::kRow, row, value_payload("v"), std::nullopt};
  const Edit del{Edit::Scope::kKey, key_prefix("k"), std::nullopt, std::nullopt};
  const std::string payload = *set.payload;
  history.add(operation(1, set), 0);
  const Lives shown{{{ActorId{1}, Counter{1}}, Hlc{1}, Counter{0}, payload}};

  const auto alive = difference(history, 0, clock_of(1, 1), {0}, shown);
  CHECK(alive.what.empty());
  const auto lacks = difference(history, 0, clock_of(1, 1), {0}, {});
  CHECK(lacks.checker == "state");
  CHECK_THAT(lacks.what, Contains("lacks"));

  history.add(operation(2, del), 0);
  const auto back = difference(history, 0, clock_of(1, 2), {}, shown);
  CHECK(back.checker == "deleted");
  CHECK_THAT(back.what, Contains("is back") && Contains("n0#1:2"));
}

TEST_CASE("half of a pair is seen") {
  CHECK(pair_differs("a", "1", "b", "1").empty());
  CHECK(pair_differs("a", std::nullopt, "b", std::nullopt).empty());
  CHECK_THAT(pair_differs("a", "1", "b", std::nullopt), Contains("nothing"));
  CHECK_THAT(pair_differs("a", "1", "b", "2"), Contains("\"2\""));
}

TEST_CASE("a session sees its own write missing, and an older number than it has read") {
  Sessions sessions;
  const VersionVector at_first = clock_of(1, 1), later = clock_of(1, 2);
  REQUIRE(sessions.may_go_on(0, {}));
  const uint64_t number = sessions.next(0);
  sessions.wrote(0, number, at_first);
  CHECK(sessions.read(0, 0, number, at_first).empty());
  CHECK_THAT(sessions.read(0, 0, std::nullopt, at_first), Contains("has written") && Contains("nothing"));

  CHECK(sessions.read(1, 0, 5, later).empty());
  CHECK_THAT(sessions.read(1, 0, 4, later), Contains("has read") && Contains("number 4"));
}

TEST_CASE("a session is told where a node lacks what it has seen, and begins anew where that is lost") {
  Sessions sessions;
  sessions.wrote(0, sessions.next(0), clock_of(1, 1));
  int refusals = 0;
  while (!sessions.may_go_on(0, clock_of(2, 9))) REQUIRE(++refusals < 100);
  CHECK(refusals > 1);
  CHECK(sessions.read(0, 0, std::nullopt, clock_of(2, 9)).empty());
}

TEST_CASE("a push to a stream that has more before it than the bound is told, other messages are not") {
  const auto told = [](size_t bound, const Message& message) {
    Deliveries deliveries;
    std::string checker;
    WatchedTransport watched(std::make_unique<Echoing>(), NodeId{}, deliveries, false, bound,
                             [&](const char* name, const std::string&) { checker = name; }, {});
    watched.send_stream({}, NodeId{}, encode_message(message));
    return checker;
  };
  CHECK(told(99, PushMessage{}) == "bounds");
  CHECK(told(100, PushMessage{}).empty());
  CHECK(told(99, OperationsMessage{}).empty());
}

TEST_CASE("a buffer over its bound is named, one at it is not") {
  const BufferUse at[] = {{"operations", 4, 4}};
  CHECK(over_bound(at).empty());
  const BufferUse over[] = {{"operations", 4, 4}, {"bytes", 11, 10}};
  CHECK_THAT(over_bound(over), Contains("bytes: 11") && Contains("10"));
}

TEST_CASE("rounds allowed grow with each doubling of the nodes") {
  CHECK(rounds_allowed(1, 10, 50) == 50);
  CHECK(rounds_allowed(8, 10, 50) == 80);
}

TEST_CASE("convergence later than its rounds is caught by liveness, unless it is switched off") {
  Scenario s;
  s.sizes() = Scenario::small_sizes();
  s.network.loss = {0.05, 0.05};
  s.workload.seconds = {5, 5};
  s.checks.rounds_per_doubling = s.checks.rounds_besides = 0;
  FaultSpec partition;
  partition.kind = "partition";
  partition.at_s = 1;
  partition.for_s = {10, 10};
  s.faults.push_back(partition);
  const RunReport late = World(s, 3).run();
  REQUIRE(late.failure);
  CHECK(late.failure->checker == "liveness");
  REQUIRE(late.rounds);
  CHECK(*late.rounds > 0);
  s.checks.off = {"liveness"};
  CHECK(!World(s, 3).run().failure);
}

TEST_CASE("healing that costs more bytes than it may is caught, unless it is switched off") {
  Scenario s;
  s.sizes() = Scenario::small_sizes();
  s.workload.seconds = {5, 5};
  FaultSpec partition;
  partition.kind = "partition";
  partition.at_s = 1;
  partition.for_s = {10, 10};
  s.faults.push_back(partition);
  CHECK(!World(s, 3).run().failure);
  s.checks.bytes_factor = 0.5;
  s.checks.bytes_besides = s.checks.bytes_idle_per_s = 0;
  const RunReport dear = World(s, 3).run();
  REQUIRE(dear.failure);
  CHECK(dear.failure->checker == "bytes");
  s.checks.off = {"bytes"};
  CHECK(!World(s, 3).run().failure);
}

TEST_CASE("a live node that another holds unreachable is named") {
  Scenario s;
  s.sizes() = Scenario::small_sizes();
  s.network.loss = {1, 1};
  s.network.latency_ms = {100'000, 100'000};
  s.workload.writes_per_second = {0, 0};
  s.workload.seconds = {20, 20};
  s.checks.probes_per_second = 0;
  const RunReport report = World(s, 1).run();
  REQUIRE(report.failure);
  CHECK(report.failure->checker == "membership");
  CHECK_THAT(report.failure->what, Contains("unreachable"));
}

TEST_CASE("two runs of a seed with unlike traces are told, equal ones are not") {
  Scenario s;
  s.sizes() = Scenario::small_sizes();
  RunReport first, again;
  first.trace_hash = again.trace_hash = 7;
  CHECK(!compare_reruns(s, first, again));
  again.trace_hash = 8;
  REQUIRE(compare_reruns(s, first, again));
  CHECK(compare_reruns(s, first, again)->checker == "determinism");
  s.checks.off = {"determinism"};
  CHECK(!compare_reruns(s, first, again));
}
