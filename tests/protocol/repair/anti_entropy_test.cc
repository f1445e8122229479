#include "protocol/repair/anti_entropy.h"

#include <catch2/catch.hpp>

#include "tests/protocol/repair/repairing.h"

using namespace tutti;
using namespace std::chrono_literals;

namespace {

using Status = OperationsMessage::Status;
using Channel = Transport::Channel;

constexpr ActorId kHere = Repairing::kActor, kThere{2};
constexpr Duration kGrace = Repairing::kClockGrace;
constexpr Duration kPullTimeout = Repairing::kPullTimeout;
constexpr Duration kClockEvery = 500ms;  // "at most this often", anti_entropy.cc
const NodeId kOne = node_id(1), kTwo = node_id(2), kThree = node_id(3);

VersionVector clock_of(ActorId actor, uint64_t counter) {
  VersionVector clock;
  clock.raise({actor, Counter{counter}});
  return clock;
}

}  // namespace

// --- who lacks what ---

TEST_CASE("with a stream clocks are exchanged", "[anti_entropy]") {
  Repairing node;
  node.data.set(kHere, "k", "v");
  node.transport.connect(kTwo);
  node.repair.stream_up(node.now, kTwo);
  const auto told = node.take<ClockMessage>(kTwo);
  CHECK(told.clock == ToldClock(node.data.db->clock()));
  CHECK(told.wants_answer);
  node.repair.told(node.now, kTwo, {}, true);
  const auto answer = node.take<ClockMessage>(kTwo);
  CHECK(answer.clock == ToldClock(node.data.db->clock()));
  CHECK_FALSE(answer.wants_answer);
}

TEST_CASE("probes with our clock's hash say that the peer holds what we hold", "[anti_entropy]") {
  Repairing node;
  node.data.set(kHere, "k", "v");
  node.up(kTwo);
  CHECK(node.held().empty());
  CHECK(node.repair.probed(node.now, kTwo, node.data.db->clock_hash()));
  CHECK(node.held() == node.data.db->clock());
  CHECK(node.silent());
}

TEST_CASE("clocks are exchanged where probes differ for longer than a push takes", "[anti_entropy]") {
  Repairing node;
  node.data.set(kHere, "k", "v");
  const Hash128 other{};
  CHECK_FALSE(node.repair.probed(node.now, kTwo, other));
  node.transport.connect(kTwo);
  node.now.mono += kGrace - 1ms;
  CHECK_FALSE(node.repair.probed(node.now, kTwo, other));
  CHECK(node.silent());
  SECTION("and go on to differ") {
    node.now.mono += 1ms;
    CHECK_FALSE(node.repair.probed(node.now, kTwo, other));
    CHECK(node.take<ClockMessage>(kTwo).wants_answer);
    // Not at every probe.
    node.now.mono += kClockEvery - 1ms;
    CHECK_FALSE(node.repair.probed(node.now, kTwo, other));
    CHECK(node.silent());
    node.now.mono += 1ms;
    CHECK_FALSE(node.repair.probed(node.now, kTwo, other));
    CHECK(node.take<ClockMessage>(kTwo).wants_answer);
  }
  SECTION("but not where they met between") {
    CHECK(node.repair.probed(node.now, kTwo, node.data.db->clock_hash()));
    node.now.mono += 1ms;
    CHECK_FALSE(node.repair.probed(node.now, kTwo, other));
    CHECK(node.silent());
  }
}

TEST_CASE("what came by pulling is announced to every connected peer but one, not to one told just now",
          "[anti_entropy]") {
  Repairing node;
  for (const NodeId& peer : {kOne, kTwo, kThree}) node.up(peer);
  node.repair.announce(node.now, kOne);
  CHECK(node.silent());  // all were told at their streams' beginning
  node.pass(kClockEvery);
  node.repair.told(node.now, kThree, {}, true);
  node.take<ClockMessage>(kThree);
  node.repair.announce(node.now, kOne);
  CHECK_FALSE(node.take<ClockMessage>(kTwo).wants_answer);
  CHECK(node.silent());
}

TEST_CASE("the log is kept for every connected peer from where it is known to be", "[anti_entropy]") {
  Repairing node;
  for (int i = 0; i < 9; ++i) node.data.set(kHere, "k", "v");
  CHECK(node.held() == node.data.db->clock());  // nobody else is there
  node.up(kOne, clock_of(kHere, 5));
  node.up(kTwo, clock_of(kHere, 3));
  CHECK(node.held() == clock_of(kHere, 3));
  node.repair.asked(node.now, kTwo, 1, clock_of(kHere, 7));  // asks from there on
  CHECK(node.held() == clock_of(kHere, 5));
  VersionVector less = clock_of(kHere, 2);  // somebody else needs more
  node.repair.log_needed(node.now, less);
  CHECK(less == clock_of(kHere, 2));
  node.repair.stream_down(node.now, kOne);
  CHECK(node.held() == clock_of(kHere, 7));
}

TEST_CASE("the log is kept for a silent peer for a while, though its stream seems to stand",
          "[anti_entropy]") {
  Repairing node;
  node.membership.merge(member_record(1));
  for (int i = 0; i < 9; ++i) node.data.set(kHere, "k", "v");
  node.up(kOne, clock_of(kHere, 5));
  node.membership.heard(node.now, kOne);
  node.pass(AntiEntropy::kSilenceBeforeCut);
  CHECK(node.held() == clock_of(kHere, 5));  // silent, but not unreachable: nobody asked it
  node.membership.probing(node.now, kOne, 1);
  node.now.mono += 2s;
  node.membership.heard(node.now, kOne);
  node.membership.probing(node.now, kOne, 2);
  node.pass(AntiEntropy::kSilenceBeforeCut - 1ms);
  REQUIRE(node.membership.give_up(node.now, 2s).size() == 1);
  CHECK(node.held() == clock_of(kHere, 5));
  node.pass(1ms);
  CHECK(node.held() == node.data.db->clock());
  node.membership.heard(node.now, kOne);
  CHECK(node.held() == clock_of(kHere, 5));
}

// --- asking ---

TEST_CASE("a first clock names what no push can bring: what it has is pulled at once", "[anti_entropy]") {
  Repairing node;
  node.up(kTwo, clock_of(kThere, 4));
  const auto sent = node.transport.take();
  CHECK(sent.channel == Channel::kStream);
  CHECK(RecordingTransport::decoded<PullMessage>(sent).clock == ToldClock(node.data.db->clock()));
  CHECK(node.pulls() == 1);
}

TEST_CASE("a later clock is pulled after when a grace for pushes has passed, and they have not brought it",
          "[anti_entropy]") {
  Repairing node, there;
  node.data.set(kHere, "k", "0");
  node.up(kTwo, node.data.db->clock());
  const Operation first = there.data.set(kThere, "k", "1"), second = there.data.set(kThere, "k", "2");
  REQUIRE(node.data.db->apply(first));
  node.repair.told(node.now, kTwo, clock_of(kThere, 1), false);
  node.repair.told(node.now, kTwo, clock_of(kThere, 2), false);
  CHECK(node.silent());
  REQUIRE(node.repair.next_deadline() == node.now.mono + kGrace);
  SECTION("not brought") {
    node.pass(kGrace - 1ms);
    CHECK(node.silent());
    node.pass(1ms);
    CHECK(node.take<PullMessage>(kTwo).clock == ToldClock(node.data.db->clock()));
  }
  SECTION("brought") {
    REQUIRE(node.data.db->apply(second));
    node.pass(kGrace);
    CHECK(node.silent());
    CHECK_FALSE(node.repair.next_deadline());
  }
}

TEST_CASE("one peer is pulled from at a time, chunk by chunk, then the next", "[anti_entropy]") {
  Repairing node;
  node.up(kOne, clock_of(kThere, 4));
  const auto first = node.take<PullMessage>(kOne);
  node.up(kTwo, clock_of(kThere, 9));
  CHECK(node.silent());
  node.answer(kOne, first.id, Status::kMore);
  const auto second = node.take<PullMessage>(kOne);
  CHECK(second.id != first.id);
  CHECK(node.silent());
  node.answer(kOne, second.id, Status::kDone);
  CHECK(node.take<PullMessage>(kTwo).id != second.id);
  CHECK(node.silent());
  CHECK(node.pulls() == 3);
}

TEST_CASE("what another peer brought meanwhile is not pulled again", "[anti_entropy]") {
  Repairing node, there;
  node.up(kOne, clock_of(kThere, 1));
  const auto pull = node.take<PullMessage>(kOne);
  node.up(kTwo, clock_of(kThere, 1));
  REQUIRE(node.data.db->apply(there.data.set(kThere, "k", "1")));
  node.answer(kOne, pull.id, Status::kDone);
  CHECK(node.silent());
  CHECK_FALSE(node.repair.next_deadline());
}

TEST_CASE("a peer that has sent all it holds is asked no more before it tells its clock again",
          "[anti_entropy]") {
  Repairing node;
  node.up(kTwo, clock_of(kThere, 4));
  node.answer(kTwo, node.take<PullMessage>(kTwo).id, Status::kDone);
  node.pass(1h);
  CHECK(node.silent());
  CHECK_FALSE(node.repair.wants_transfer());
  node.repair.told(node.now, kTwo, clock_of(kThere, 4), false);
  node.pass(kGrace);
  node.take<PullMessage>(kTwo);
}

TEST_CASE("a peer that has sent all it holds stands in the way of no transfer", "[anti_entropy]") {
  Repairing node;
  node.up(kOne, clock_of(kThere, 4));
  node.answer(kOne, node.take<PullMessage>(kOne).id, Status::kDone);
  node.up(kTwo, clock_of(kThere, 9));
  node.answer(kTwo, node.take<PullMessage>(kTwo).id, Status::kBelowFloor);
  CHECK(node.repair.wants_transfer() == kTwo);
}

TEST_CASE("a peer that is busy, or does not answer, is asked again later and others meanwhile",
          "[anti_entropy]") {
  Repairing node;
  node.up(kOne, clock_of(kThere, 4));
  const auto pull = node.take<PullMessage>(kOne);
  node.up(kTwo, clock_of(kThere, 9));
  if (GENERATE(false, true)) {
    node.answer(kOne, pull.id, Status::kBusy);
  } else {
    CHECK(node.repair.next_deadline() == node.now.mono + kPullTimeout);
    node.pass(kPullTimeout - 1ms);
    CHECK(node.silent());
    node.pass(1ms);
  }
  node.answer(kTwo, node.take<PullMessage>(kTwo).id, Status::kDone);
  CHECK(node.silent());
  REQUIRE(node.repair.next_deadline());
  CHECK(*node.repair.next_deadline() > node.now.mono);
  node.pass(*node.repair.next_deadline() - node.now.mono);
  CHECK(node.take<PullMessage>(kOne).id != pull.id);
}

TEST_CASE("a late answer, or one to another question, is not taken for the one that is waited for",
          "[anti_entropy]") {
  Repairing node;
  node.up(kTwo);
  node.up(kOne, clock_of(kThere, 4));
  const auto pull = node.take<PullMessage>(kOne);
  node.answer(kOne, pull.id + 1, Status::kMore);
  node.answer(kTwo, pull.id, Status::kMore);
  CHECK(node.silent());
  node.answer(kOne, pull.id, Status::kMore);
  node.take<PullMessage>(kOne);
}

TEST_CASE("an operation that waits for its past is asked for at once, unless something is asked already",
          "[anti_entropy]") {
  Repairing node;
  node.up(kOne);
  node.up(kTwo);
  node.repair.missing(node.now, kOne);
  const auto pull = node.take<PullMessage>(kOne);
  node.repair.missing(node.now, kTwo);
  CHECK(node.silent());
  node.answer(kOne, pull.id, Status::kBelowFloor);
  node.repair.missing(node.now, kOne);  // it does not have it
  CHECK(node.silent());
  node.repair.missing(node.now, kTwo);
  node.take<PullMessage>(kTwo);
}

TEST_CASE("without a stream a pull goes by datagram; where neither stands it is tried again later",
          "[anti_entropy]") {
  Repairing node;
  node.repair.told(node.now, kTwo, clock_of(kThere, 4), false);
  CHECK(node.silent());
  CHECK(node.pulls() == 0);
  node.transport.sessions.insert(kTwo);
  REQUIRE(node.repair.next_deadline());
  node.pass(*node.repair.next_deadline() - node.now.mono);
  const auto sent = node.transport.take();
  CHECK(sent.channel == Channel::kDatagram);
  RecordingTransport::decoded<PullMessage>(sent);
}

TEST_CASE("a peer that is gone is forgotten, and the next one asked", "[anti_entropy]") {
  Repairing node;
  node.up(kOne, clock_of(kThere, 4));
  const auto pull = node.take<PullMessage>(kOne);
  node.up(kTwo, clock_of(kThere, 4));
  node.repair.stream_down(node.now, kOne);
  node.take<PullMessage>(kTwo);
  node.answer(kOne, pull.id, Status::kMore);
  CHECK(node.silent());
  node.repair.stream_down(node.now, kTwo);
  CHECK_FALSE(node.repair.next_deadline());
  CHECK_FALSE(node.repair.wants_transfer());
}

// --- answering ---

TEST_CASE("a pull is answered with what the asker lacks; at the log's end it may be pushed to again",
          "[anti_entropy]") {
  Repairing node;
  for (int i = 0; i < 5; ++i) node.data.set(kHere, "k", "v");
  node.transport.connect(kTwo);
  CHECK(node.repair.asked(node.now, kTwo, 5, clock_of(kHere, 3)));
  CHECK(node.transport.take().channel == Channel::kStream);
  const auto [status, operations] = node.pulled_by(kTwo, clock_of(kHere, 3));
  CHECK(status == Status::kDone);
  REQUIRE(operations.size() == 2);
  CHECK(operations[0].dot == Dot{kHere, Counter{4}});
}

TEST_CASE("a log longer than a chunk is served chunk by chunk", "[anti_entropy]") {
  Repairing node(1000);
  const std::string value(400, 'v');
  for (int i = 0; i < 10; ++i) node.data.set(kHere, "k", value);
  node.transport.connect(kTwo);
  CHECK_FALSE(node.repair.asked(node.now, kTwo, 5, {}));
  node.transport.sent.clear();
  uint64_t reached = 0;
  for (auto status = Status::kMore; status == Status::kMore;) {
    const auto [next, operations] = node.pulled_by(kTwo, clock_of(kHere, reached));
    REQUIRE_FALSE(operations.empty());
    CHECK(operations.size() <= 3);
    reached += operations.size();
    status = next;
  }
  CHECK(reached == 10);
}

TEST_CASE("who lacks what the log no longer has is told so", "[anti_entropy]") {
  Repairing node(1000, {.log_bytes_keep = 0, .log_sample_records = 1});
  node.write_and_cut(5);
  node.data.set(kHere, "k", "v");
  node.transport.connect(kTwo);
  CHECK_FALSE(node.repair.asked(node.now, kTwo, 1, clock_of(kHere, 4)));
  CHECK(node.take<OperationsMessage>(kTwo).status == Status::kBelowFloor);
  CHECK(node.repair.asked(node.now, kTwo, 2, clock_of(kHere, 5)));
}

TEST_CASE("a log that cannot be read makes its node busy", "[anti_entropy]") {
  Repairing node;
  node.data.set(kHere, "k", "v");
  node.transport.connect(kTwo);
  node.data.disk->fail_one(MemoryDisk::Operation::kRead);
  CHECK(node.pulled_by(kTwo, {}).first == Status::kBusy);
}

TEST_CASE("while 4 MiB and more are on their way to a peer it gets none on top", "[anti_entropy]") {
  Repairing node;
  node.data.set(kHere, "k", "v");
  node.transport.connect(kTwo);
  node.transport.backlog[kTwo] = 4u << 20;
  CHECK(node.pulled_by(kTwo, {}).first == Status::kDone);
  node.transport.backlog[kTwo] = (4u << 20) + 1;
  CHECK_FALSE(node.repair.asked(node.now, kTwo, 1, {}));
  const auto busy = node.transport.take();
  CHECK(RecordingTransport::decoded<OperationsMessage>(busy).status == Status::kBusy);
  CHECK(RecordingTransport::decoded<OperationsMessage>(busy).batch.empty());
}

TEST_CASE("without a stream a pull is answered by a datagram, or by a word where it fits none",
          "[anti_entropy]") {
  Repairing node(100'000);
  node.data.set(kHere, "k", "v");
  node.transport.sessions.insert(kTwo);
  const auto [status, operations] = node.pulled_by(kTwo, {});
  CHECK(status == Status::kDone);
  CHECK(operations.size() == 1);
  node.data.set(kHere, "k", std::string(5000, 'v'));
  CHECK(node.pulled_by(kTwo, {}).first == Status::kBusy);
  // Not pushed to: there is no stream for it.
  CHECK_FALSE(node.repair.asked(node.now, kTwo, 1, node.data.db->clock()));
}

// --- transfers ---

TEST_CASE("a transfer is wanted once no connected peer is left whose log may have it", "[anti_entropy]") {
  Repairing node;
  node.up(kThree);  // lacks it too
  node.up(kOne, clock_of(kThere, 4));
  const auto first = node.take<PullMessage>(kOne);
  node.up(kTwo, clock_of(kThere, 9));
  CHECK_FALSE(node.repair.wants_transfer());
  node.answer(kOne, first.id, Status::kBelowFloor);
  const auto second = node.take<PullMessage>(kTwo);
  CHECK_FALSE(node.repair.wants_transfer());
  node.answer(kTwo, second.id, Status::kBelowFloor);
  CHECK(node.silent());
  const auto source = node.repair.wants_transfer();
  REQUIRE(source);
  CHECK((*source == kOne || *source == kTwo));
  // One that comes anew is asked before.
  const NodeId four = node_id(4);
  node.up(four, clock_of(kThere, 9));
  CHECK_FALSE(node.repair.wants_transfer());
}

TEST_CASE("that a log begins too late stays true though the answer comes late", "[anti_entropy]") {
  Repairing node;
  node.up(kTwo, clock_of(kThere, 4));
  const auto pull = node.take<PullMessage>(kTwo);
  node.pass(kPullTimeout);
  CHECK_FALSE(node.repair.wants_transfer());
  node.answer(kTwo, pull.id, Status::kBelowFloor);
  CHECK(node.repair.wants_transfer() == kTwo);
}

TEST_CASE("a peer that gave no transfer is not asked again before the others", "[anti_entropy]") {
  Repairing node;
  for (const NodeId& peer : {kOne, kTwo}) {
    node.up(peer, clock_of(kThere, 4));
    node.answer(peer, node.take<PullMessage>(peer).id, Status::kBelowFloor);
  }
  const NodeId first = node.repair.wants_transfer().value();
  const NodeId other = first == kOne ? kTwo : kOne;
  node.repair.transfer_failed(first);
  CHECK(node.repair.wants_transfer() == other);
  // Though it tells again that it has something.
  node.repair.told(node.now, first, clock_of(kThere, 4), false);
  CHECK(node.repair.wants_transfer() == other);
  node.repair.transfer_failed(other);
  CHECK(node.repair.wants_transfer() == first);
  node.repair.transfer_failed(first);
  CHECK_FALSE(node.repair.wants_transfer());  // until one tells its clock again
}

TEST_CASE("that a peer gave no transfer is forgotten with it", "[anti_entropy]") {
  Repairing node;
  const auto below_floor = [&](const NodeId& peer) {
    node.up(peer, clock_of(kThere, 4));
    node.answer(peer, node.take<PullMessage>(peer).id, Status::kBelowFloor);
  };
  below_floor(kOne);
  below_floor(kTwo);
  node.repair.transfer_failed(kOne);
  node.repair.stream_down(node.now, kOne);
  node.repair.forget(kOne);
  below_floor(kOne);
  CHECK(node.repair.wants_transfer() == kOne);
}

TEST_CASE("while a transfer is under way nothing is pulled; afterwards all is looked at anew",
          "[anti_entropy]") {
  Repairing node;
  node.up(kOne, clock_of(kThere, 4));
  node.answer(kOne, node.take<PullMessage>(kOne).id, Status::kBelowFloor);
  REQUIRE(node.repair.wants_transfer() == kOne);
  node.repair.pause();
  CHECK_FALSE(node.repair.wants_transfer());
  node.up(kTwo, clock_of(kThere, 9));
  node.repair.missing(node.now, kTwo);
  node.pass(1h);
  CHECK(node.silent());
  CHECK_FALSE(node.repair.next_deadline());
  node.repair.resume(node.now);
  const auto pull = node.take<PullMessage>(kOne);  // its floor is forgotten
  node.answer(kOne, pull.id, Status::kDone);
  node.take<PullMessage>(kTwo);
}
