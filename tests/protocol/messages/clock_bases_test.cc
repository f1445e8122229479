#include "protocol/messages/clock_bases.h"

#include <catch2/catch.hpp>
#include <random>

#include "protocol/delivery/turn.h"
#include "tests/protocol/messages/recording_transport.h"
#include "tests/storage/memory_database.h"

using namespace tutti;
using namespace std::chrono_literals;

namespace {

const NodeId kOne = node_id(1);
const NodeId kTwo = node_id(2);

struct Telling {
  RecordingTransport transport;
  Messenger messenger{transport};
  MemoryDatabase data;
  ClockBases bases{{4}, MemoryDatabase::kKey, data.db->clock(), messenger};
  Now now{Instant(1h), {}};

  void up(const NodeId& peer) {
    transport.connect(peer);
    bases.stream_up(now, peer);
  }
  // So many actors write once more, the first of them `from`; then the turn ends.
  void write(uint64_t from, uint64_t actors) {
    for (uint64_t actor = from; actor < from + actors; ++actor) data.set(ActorId{actor}, "k", "v");
    now.mono += 1s;
    bases.committed(now, Turn{});
  }
  ClockBaseMessage take(const NodeId& to) { return transport.take<ClockBaseMessage>(to); }
  bool silent() const { return transport.sent.empty(); }
};

TEST_CASE("a small clock is told whole, and has no base", "[clock_bases]") {
  Telling node;
  node.up(kOne);
  node.write(1, 4);
  CHECK(node.silent());
  CHECK(node.bases.known_to(kOne).name == 0);
  CHECK(node.bases.tell(kOne, node.data.db->clock()) == ToldClock(node.data.db->clock()));
}

TEST_CASE("a clock that has moved on becomes the base, and is told by its differences", "[clock_bases]") {
  Telling sender, receiver;
  sender.up(kOne);
  sender.write(1, 20);
  const auto first = sender.take(kOne);
  CHECK(first.clock.base == 0);
  CHECK(first.clock.entries.size() == 20);
  sender.write(1, 2);
  CHECK(sender.silent());  // too little has changed
  CHECK(sender.bases.tell(kOne, sender.data.db->clock()).entries.size() == 2);
  sender.write(3, 3);
  const auto second = sender.take(kOne);
  CHECK(second.clock.base == first.name);
  CHECK(second.clock.entries.size() == 5);

  REQUIRE(receiver.bases.handle(kTwo, first));
  REQUIRE(receiver.bases.handle(kTwo, second));
  sender.write(7, 1);
  const auto told = sender.bases.tell(kOne, sender.data.db->clock());
  CHECK(told.entries.size() == 1);
  CHECK(receiver.bases.resolve(kTwo, told) == sender.data.db->clock());
  CHECK_FALSE(receiver.bases.resolve(kOne, told));  // told by another
}

TEST_CASE("who has no stream is told nothing, and a new stream the whole base", "[clock_bases]") {
  Telling node;
  node.write(1, 20);
  CHECK(node.bases.known_to(kOne).name == 0);
  CHECK(node.bases.tell(kOne, node.data.db->clock()).base == 0);
  node.up(kOne);
  CHECK(node.take(kOne).clock.entries.size() == 20);
  CHECK(node.bases.told_at(kOne) == node.now.mono);
  node.write(1, 5);
  CHECK(node.take(kOne).clock.base != 0);
  node.bases.stream_down(node.now, kOne);
  CHECK(node.bases.known_to(kOne).name == 0);
}

TEST_CASE("a base that is not what its name says is refused, and so is one from an unknown base",
          "[clock_bases]") {
  Telling sender, receiver;
  sender.up(kOne);
  sender.write(1, 20);
  const auto first = sender.take(kOne);
  sender.write(1, 5);
  const auto second = sender.take(kOne);
  CHECK_FALSE(receiver.bases.handle(kTwo, second));
  auto forged = first;
  forged.clock.entries.front().counter.value += 1;
  CHECK_FALSE(receiver.bases.handle(kTwo, forged));
  CHECK_FALSE(receiver.bases.find(kTwo, first.name));
  CHECK(receiver.bases.handle(kTwo, first));
  CHECK(receiver.bases.find(kTwo, first.name));
}

TEST_CASE("with many writers at once the base does not change at every turn", "[clock_bases]") {
  Telling node;
  node.up(kOne);
  node.write(1, 20);
  node.take(kOne);
  for (uint64_t actor = 1; actor <= 20; ++actor) node.data.set(ActorId{actor}, "k", "v");
  node.now.mono += 10ms;
  node.bases.committed(node.now, Turn{});
  CHECK(node.silent());
  node.now.mono += 100ms;
  node.bases.committed(node.now, Turn{});
  CHECK(node.take(kOne).clock.entries.size() == 20);
}

TEST_CASE("whatever a node's clock becomes, its peer hears what it is", "[clock_bases]") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    Telling sender, receiver;
    sender.up(kOne);
    for (int turn = 0; turn < 60; ++turn) {
      if (random() % 10 == 0) {
        sender.up(kOne);
        receiver.up(kTwo);
        receiver.transport.sent.clear();
      }
      sender.write(1 + random() % 40, random() % 8);
      while (!sender.silent()) REQUIRE(receiver.bases.handle(kTwo, sender.take(kOne)));
      const auto& clock = sender.data.db->clock();
      REQUIRE(receiver.bases.resolve(kTwo, sender.bases.tell(kOne, clock)) == clock);
      REQUIRE(sender.bases.tell(kOne, clock).entries.size() <= 4);
    }
  }
}

}  // namespace
