#include "protocol/replica/prober.h"

#include <catch2/catch.hpp>

#include "sim/kernel/seeded_random.h"
#include "sim/machine/null_transport.h"
#include "storage/store/memory_store.h"

using namespace tutti;

namespace {

constexpr NodeId kSelf{{1}}, kPeer{{2}};

// A prober with an empty database, and one peer whose probes the test makes.
struct Probed {
  Probed() {
    MemberRecord peer;
    peer.id = kPeer;
    peer.name = "peer";
    membership.begin(make_member_list({peer}));
  }
  // The peer has merged what we have, and says `fingerprint`. How many alarms that raises.
  int alarms(Hash128 fingerprint) {
    ProbeMessage message;
    message.answer = true;
    message.merged_clock_hash = clock_hash(key, database->merged()->clock);
    message.fingerprint = fingerprint;
    prober.handle({}, kPeer, message);
    int count = 0;
    while (auto output = outputs.poll()) {
      const auto* event = std::get_if<Outputs::Event>(&*output);
      if (event && event->kind == Outputs::EventKind::kFingerprintUnequal) ++count;
    }
    return count;
  }
  Hash128 own() const { return database->merged()->fingerprints.total(); }

  HashKey key{1};
  MemoryStore store{std::make_shared<MemoryDisk>()};
  std::unique_ptr<Database> database = std::move(*Database::open(store, key, {}));
  sim::NullTransport transport{kSelf, 1};
  sim::SeededRandom random{1, "prober", 0};
  ReplicaOptions options;
  Messenger messenger{transport};
  Outputs outputs;
  Membership membership{[] {
                          MemberRecord self;
                          self.id = kSelf;
                          return self;
                        }(),
                        key};
  Neighbours neighbours{{64, 6}, membership, key};
  Introducer introducer{membership, neighbours, transport};
  WallClocks clocks;
  Health health;
  Prober prober{options,   *database, membership, neighbours, introducer,
                messenger, clocks,    health,     random,     outputs};
};

}  // namespace

TEST_CASE("a divergence is told once, and again where the peer had agreed in between") {
  Probed probed;
  Hash128 other = probed.own();
  other.low ^= 1;
  CHECK(probed.alarms(probed.own()) == 0);
  CHECK(probed.alarms(other) == 1);
  CHECK(probed.alarms(other) == 0);
  CHECK(probed.alarms(probed.own()) == 0);  // repaired
  CHECK(probed.alarms(other) == 1);
  CHECK(probed.alarms(other) == 0);
}

TEST_CASE("a divergence is told again of a peer that was forgotten") {
  Probed probed;
  Hash128 other = probed.own();
  other.low ^= 1;
  CHECK(probed.alarms(other) == 1);
  probed.prober.forget(kPeer);
  CHECK(probed.alarms(other) == 1);
}

TEST_CASE("whose wall clock is ahead is told: of a peer by its name, and of the node itself") {
  Probed probed;
  const bool own = GENERATE(true, false);
  const Now now{Instant(std::chrono::hours(1)), WallTime(std::chrono::hours(500'000))};
  probed.prober.probe(now, kPeer);
  ProbeMessage answer;
  answer.answer = true;
  answer.sequence = 1;
  answer.wall_ms = own ? now.wall_ms() - 60'000 : now.wall_ms() + 60'000;
  probed.prober.handle(now, kPeer, answer);
  std::optional<Outputs::Event> told;
  while (auto output = probed.outputs.poll()) {
    if (const auto* event = std::get_if<Outputs::Event>(&*output)) told = *event;
  }
  REQUIRE(told);
  CHECK(told->kind == Outputs::EventKind::kClockAhead);
  CHECK(told->peer == (own ? kSelf : kPeer));
  CHECK(told->text.starts_with(own ? "this node's wall clock is 60 s ahead"
                                   : "the wall clock of peer is 60 s ahead"));
}

TEST_CASE("a silent member is told who this node is, as it may never have heard") {
  Probed probed;
  const auto datagrams = [&](Instant at) {
    probed.prober.probe({at, {}}, kPeer);
    size_t sent = 0;
    while (probed.transport.poll_output()) ++sent;
    return sent;
  };
  const Instant later = Instant{} + std::chrono::minutes(1);
  CHECK(datagrams({}) == 1);
  probed.prober.tick({later, {}});
  REQUIRE(probed.membership.unreachable(kPeer));
  CHECK(datagrams(later) == 2);  // the probe, and this node's record
  probed.prober.heard({later, {}}, kPeer);
  CHECK(datagrams(later) == 1);
}
