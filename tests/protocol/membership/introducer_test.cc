#include "protocol/membership/introducer.h"

#include <catch2/catch.hpp>

#include "tests/protocol/idle_transport.h"

using namespace tutti;
using namespace std::chrono_literals;

namespace {

constexpr NodeId kSelf{{1}}, kMember{{2}}, kUnknown{{3}};

Address at(uint8_t host) { return parse_address("10.0.0." + std::to_string(host) + ":4400").value(); }

MemberRecord record_of(const NodeId& id, const Address& address, uint64_t incarnation = 1) {
  MemberRecord record;
  record.id = id;
  record.address = address;
  record.incarnation = incarnation;
  return record;
}

// Remembers where it was told to look, and says that it talks to peers there.
class Noted final : public IdleTransport {
 public:
  std::vector<Peer> peers;

  void set_peer(const Now&, const Peer& peer) override { peers.push_back(peer); }
  std::optional<Address> address_of(const NodeId& id) const override {
    if (learned) return learned;
    for (auto peer = peers.rbegin(); peer != peers.rend(); ++peer)
      if (peer->id == id) return peer->address;
    return std::nullopt;
  }
  std::optional<Address> learned;
};

// One other member, whose record says that it is at 1.
struct Introducing {
  Now now{Instant(1h), {}};
  Noted transport;
  Membership membership{record_of(kSelf, at(100)), HashKey{1}};
  Neighbours neighbours{{64, 6}, membership, HashKey{1}};
  Introducer introducer{membership, neighbours, transport};

  Introducing() {
    membership.begin(make_member_list({record_of(kMember, at(1))}), now.mono);
    introducer.acquaint(now, kMember);
  }
  void silence() {
    membership.probing(now, kMember, 1);
    now.mono += 3s;
    REQUIRE(membership.give_up(now, 2s).size() == 1);
  }
  void find(const NodeId& id, const Address& where) {
    introducer.found(now, {.at = where, .who = Transport::Greeted::Who::kMember, .id = id, .x25519 = {7}});
  }
  // Where it is looked for over so long, while nobody answers.
  std::vector<Address> tried(Duration time) {
    transport.peers.clear();
    for (const Instant end = now.mono + time; now.mono < end; now.mono += 200ms)
      introducer.try_elsewhere(now, kMember);
    std::vector<Address> addresses;
    for (const auto& peer : transport.peers) addresses.push_back(peer.address);
    return addresses;
  }
  const Address& place() const { return transport.peers.back().address; }
};

}  // namespace

TEST_CASE("a member with one address is looked for there, and nothing is said anew", "[introducer]") {
  Introducing node;
  CHECK(node.place() == at(1));
  node.silence();
  CHECK(node.tried(60s).empty());
}

TEST_CASE("a member that moved is looked for where it was first, in turn", "[introducer]") {
  Introducing node;
  REQUIRE(node.membership.merge(record_of(kMember, at(2), 2)));
  node.introducer.moved(node.now, *node.membership.find(kMember));
  CHECK(node.place() == at(2));
  node.silence();
  CHECK(node.tried(16s) == std::vector{at(1), at(2), at(1), at(2)});
}

TEST_CASE("an unreachable member is talked to where it was found, and where it was before in turn",
          "[introducer]") {
  Introducing node;
  node.silence();
  node.find(kMember, at(9));
  CHECK(node.place() == at(9));
  // Found there again and again, without a word: the other address gets its turn all the same.
  node.transport.peers.clear();
  std::set<Address> places;
  for (int i = 0; i < 4; ++i) {
    for (const Address& place : node.tried(5s)) places.insert(place);
    node.find(kMember, at(9));
  }
  CHECK(places == std::set{at(1), at(9)});
  node.find(kMember, at(8));  // elsewhere
  CHECK(node.place() == at(8));
}

TEST_CASE("a member that is heard is not moved to where somebody says it is", "[introducer]") {
  Introducing node;
  node.membership.heard(node.now, kMember);
  node.transport.peers.clear();
  node.find(kMember, at(9));
  CHECK(node.transport.peers.empty());
}

TEST_CASE("a member that was found and answers stays there until its record says otherwise", "[introducer]") {
  Introducing node;
  node.silence();
  node.find(kMember, at(9));
  const size_t said = node.transport.peers.size();
  node.introducer.reached(node.now, kMember);
  CHECK(node.transport.peers.size() == said);
  REQUIRE(node.membership.merge(record_of(kMember, at(3), 2)));
  node.introducer.moved(node.now, *node.membership.find(kMember));
  CHECK(node.place() == at(3));
}

TEST_CASE("a member that was found and answers from elsewhere is where its record says", "[introducer]") {
  Introducing node;
  node.silence();
  node.find(kMember, at(9));
  node.transport.learned = at(1);
  node.introducer.reached(node.now, kMember);
  CHECK(node.place() == at(1));
}

TEST_CASE("whoever is found and not known yet gets an address and no stream", "[introducer]") {
  Introducing node;
  node.find(kUnknown, at(9));
  CHECK(node.transport.peers.back().id == kUnknown);
  CHECK(node.place() == at(9));
  CHECK(node.transport.peers.back().x25519[0] == 7);
  CHECK_FALSE(node.transport.peers.back().keep_stream);
  CHECK(node.membership.find(kUnknown) == nullptr);
}
