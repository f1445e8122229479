#include <catch2/catch.hpp>

#include "tests/protocol/session/memory_network.h"

using namespace tutti;
using namespace tutti::test;
using namespace std::chrono_literals;

namespace {

using Who = Transport::Greeted::Who;

struct Meeting {
  MemoryNetwork network{1};
  TestCluster cluster;
  MemoryNetwork::Host& asker = network.add(1, cluster.member(1));

  // What comes of asking who listens at this host.
  Transport::Greeted ask(uint8_t host) {
    asker.greeted.clear();
    asker.transport->greet(network.now(), address_of(host));
    network.drain(asker);
    REQUIRE(network.run_until([&] { return !asker.greeted.empty(); }, 11s));
    network.run(20s);
    REQUIRE(asker.greeted.size() == 1);
    CHECK(asker.greeted[0].at == address_of(host));
    CHECK(network.connections() == 0);
    return asker.greeted[0];
  }
};

}  // namespace

TEST_CASE("whoever listens at an address says which member it is, again and again", "[transport]") {
  Meeting meeting;
  const auto& other = meeting.network.add(2, meeting.cluster.member(2));
  for (int i = 0; i < 2; ++i) {
    const auto greeted = meeting.ask(2);
    CHECK(greeted.who == Who::kMember);
    CHECK(greeted.id == other.id);
    CHECK(greeted.x25519 == other.x25519);
  }
  CHECK(other.ups.empty());
}

TEST_CASE("a member of another cluster is a stranger, and where nobody listens is nobody", "[transport]") {
  Meeting meeting;
  meeting.network.add(2, TestCluster(2).member(2));
  CHECK(meeting.ask(2).who == Who::kStranger);
  CHECK(meeting.ask(3).who == Who::kNobody);
}

TEST_CASE("a node that asks its own address is told so", "[transport]") {
  Meeting meeting;
  const auto greeted = meeting.ask(1);
  CHECK(greeted.who == Who::kMember);
  CHECK(greeted.id == meeting.asker.id);
}

TEST_CASE("a member with an expired certificate meets nobody", "[transport]") {
  Meeting meeting;
  NoiseOptions expired = meeting.cluster.member(2);
  expired.certificate = meeting.cluster.certify(expired.keys, kWallStartMs - 1);
  meeting.network.add(2, expired);
  CHECK(meeting.ask(2).who == Who::kStranger);
}

TEST_CASE("a meeting leaves the handshakes that follow as they were", "[transport]") {
  Meeting meeting;
  auto& other = meeting.network.add(2, meeting.cluster.member(2));
  const auto greeted = meeting.ask(2);
  meeting.asker.transport->set_peer(meeting.network.now(), {greeted.id, greeted.x25519, greeted.at, true});
  meeting.network.drain(meeting.asker);
  CHECK(meeting.network.run_until([&] { return meeting.asker.transport->has_stream(other.id); }, 5s));
}
