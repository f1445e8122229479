#include <catch2/catch.hpp>

#include "protocol/session/datagram_sessions.h"
#include "tests/protocol/session/transport_pair.h"

using namespace tutti;
using namespace tutti::test;
using namespace std::chrono_literals;

TEST_CASE("datagrams pass once a session stands, however lossy the network", "[transport]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Pair pair(seed);
    pair.network.loss_percent = 30;
    pair.network.double_percent = 30;
    pair.network.delay_max = 40ms;
    pair.network.introduce_both(pair.one, pair.two);
    REQUIRE(pair.datagram_arrives(pair.one, pair.two, 60s));
    REQUIRE(pair.datagram_arrives(pair.two, pair.one, 60s));
    pair.two.received.clear();
    std::set<std::string> sent;
    for (int i = 0; i < 500; ++i) {
      const std::string message = "datagram " + std::to_string(i);
      if (pair.send_datagram(pair.one, pair.two, message)) sent.insert(message);
      pair.network.run(1ms);
    }
    pair.network.run(1s);
    CHECK(sent.size() > 450);
    // Each at most once, none that was not sent, about as many as the network let through.
    size_t datagrams = 0;
    for (const auto& received : pair.two.received) {
      if (received.channel != Transport::Channel::kDatagram || received.message == "hello") continue;
      ++datagrams;
      CHECK(sent.erase(received.message) == 1);
    }
    CHECK(datagrams > 250);
  }
}

TEST_CASE("the bounds of a datagram are kept", "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  REQUIRE(pair.datagram_arrives(pair.one, pair.two));
  const std::string largest(Transport::kDatagramMessageBytesMax, 'x');
  REQUIRE(pair.send_datagram(pair.one, pair.two, largest));
  CHECK(pair.network.datagrams_seen.back().second.bytes.size() == 1200);
  CHECK_FALSE(pair.send_datagram(pair.one, pair.two, largest + "x"));
  CHECK_FALSE(pair.send_datagram(pair.one, pair.two, ""));
  CHECK_FALSE(pair.one.transport->send_datagram(pair.network.now(), keys_of(99).id(), "nobody"));
}

TEST_CASE("a handshake is one round trip, and at most 600 bytes", "[transport]") {
  Pair pair;
  pair.network.introduce(pair.one, pair.two, false);
  CHECK_FALSE(pair.send_datagram(pair.one, pair.two, "x"));
  pair.network.run(3ms);
  REQUIRE(pair.network.datagrams_seen.size() == 3);
  const auto size = [&](size_t i) { return pair.network.datagrams_seen[i].second.bytes.size(); };
  CHECK(size(1) <= size(0));
  CHECK(size(0) + size(1) <= 600);
  CHECK(size(2) == Session::kOverheadBytes);
  CHECK(pair.send_datagram(pair.one, pair.two, "x"));
  pair.network.run(3ms);
  REQUIRE(pair.two.received.size() == 1);
  CHECK(pair.send_datagram(pair.two, pair.one, "y"));  // though two was never told of one
}

TEST_CASE("both may begin a datagram session at once", "[transport]") {
  Pair pair;
  pair.network.delay_min = pair.network.delay_max = 20ms;
  pair.network.introduce(pair.one, pair.two, false);
  pair.network.introduce(pair.two, pair.one, false);
  CHECK_FALSE(pair.send_datagram(pair.one, pair.two, "x"));
  CHECK_FALSE(pair.send_datagram(pair.two, pair.one, "x"));
  for (int i = 0; i < 50; ++i) {
    pair.network.run(3ms);
    pair.send_datagram(pair.one, pair.two, "from one");
    pair.send_datagram(pair.two, pair.one, "from two");
  }
  pair.network.run(100ms);
  CHECK(pair.one.received.size() > 30);
  CHECK(pair.two.received.size() == pair.one.received.size());
}

TEST_CASE("a replayed datagram changes nothing", "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  REQUIRE(pair.datagram_arrives(pair.one, pair.two));
  pair.network.run(1s);
  const size_t received = pair.two.received.size();
  const auto seen = pair.network.datagrams_seen;
  const uint64_t out = pair.two.transport->stats().datagrams_out + pair.one.transport->stats().datagrams_out;
  // Handshakes too, and from an address of the replayer's own.
  for (const auto& [from, datagram] : seen) {
    pair.network.deliver_datagram(address_of(66), datagram.to, datagram.bytes);
    pair.network.deliver_datagram(from, datagram.to, datagram.bytes);
  }
  CHECK(pair.two.received.size() == received);
  CHECK(pair.two.transport->stats().datagrams_out + pair.one.transport->stats().datagrams_out == out);
  REQUIRE(pair.send_datagram(pair.two, pair.one, "back"));
  CHECK(pair.network.datagrams_seen.back().second.to == pair.one.address);
}

TEST_CASE("garbage yields not one byte on UDP", "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  REQUIRE(pair.datagram_arrives(pair.one, pair.two));
  pair.network.run(1s);
  const auto seen = pair.network.datagrams_seen;
  SeededRandom random(5);
  const uint64_t out = pair.two.transport->stats().datagrams_out;
  const size_t received = pair.two.received.size();
  for (int i = 0; i < 3000; ++i) {
    std::string bytes(random.below(1400), '\0');
    random.fill({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
    if (bytes.size() >= 4 && random.below(2) == 0)
      bytes.replace(0, 4, std::string{static_cast<char>(random.below(9)), 0, 0, 0});
    pair.network.deliver_datagram(address_of(66), pair.two.address, bytes);
  }
  for (int i = 0; i < 3000; ++i) {
    // Of real packets, one byte changed or the end cut off.
    std::string bytes = seen[random.below(seen.size())].second.bytes;
    const size_t at = random.below(bytes.size());
    if (random.below(3) == 0) {
      bytes.resize(at);
    } else {
      bytes[at] = static_cast<char>(bytes[at] ^ (1 + random.below(255)));
    }
    pair.network.deliver_datagram(address_of(66), pair.two.address, bytes);
  }
  CHECK(pair.two.transport->stats().datagrams_out == out);
  CHECK(pair.two.received.size() == received);
  CHECK(pair.two.transport->stats().dropped_unauthenticated >= 5000);
}

TEST_CASE("a session is renewed after an hour without losing a datagram", "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  REQUIRE(pair.datagram_arrives(pair.one, pair.two));
  pair.network.run(59min);
  pair.one.received.clear();
  pair.two.received.clear();
  const uint64_t handshakes = pair.one.transport->stats().handshakes_done;
  for (int i = 0; i < 240; ++i) {
    REQUIRE(pair.send_datagram(pair.one, pair.two, "from one"));
    REQUIRE(pair.send_datagram(pair.two, pair.one, "from two"));
    pair.network.run(1s);
  }
  CHECK(pair.one.received.size() == 240);
  CHECK(pair.two.received.size() == 240);
  const uint64_t renewed = pair.one.transport->stats().handshakes_done - handshakes;
  CHECK(renewed >= 1);
  CHECK(renewed <= 2);
}

TEST_CASE("a session that nobody answers keeps no messages from the stream, and is used again once answered",
          "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  REQUIRE(pair.datagram_arrives(pair.one, pair.two));
  pair.network.loss_percent = 100;
  bool taken = true;
  for (int i = 0; i < 50; ++i) {
    taken = pair.send_datagram(pair.one, pair.two, "lost");
    pair.network.run(200ms);
  }
  CHECK_FALSE(taken);
  pair.network.loss_percent = 0;
  CHECK(pair.datagram_arrives(pair.one, pair.two, 10s));
}

TEST_CASE("a peer that moved is followed by its newest packet, not by an old one", "[transport]") {
  Pair pair;
  pair.network.introduce(pair.one, pair.two, false);
  pair.send_datagram(pair.one, pair.two, "x");
  pair.network.run(10ms);
  REQUIRE(pair.send_datagram(pair.one, pair.two, "old"));
  const std::string old = pair.network.datagrams_seen.back().second.bytes;
  REQUIRE(pair.send_datagram(pair.one, pair.two, "new"));
  const std::string fresh = pair.network.datagrams_seen.back().second.bytes;
  pair.network.deliver_datagram(address_of(77), pair.two.address, fresh);
  pair.network.deliver_datagram(address_of(78), pair.two.address, old);
  CHECK(pair.two.received.size() == 2);
  REQUIRE(pair.send_datagram(pair.two, pair.one, "answer"));
  CHECK(pair.network.datagrams_seen.back().second.to == address_of(77));
}

// A data directory was copied: the copy's handshakes are the later ones, so that the original's are refused
// for good.
TEST_CASE("a peer beside whose session a copy made its own is heard and answered once the copy is gone",
          "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  REQUIRE(pair.datagram_arrives(pair.one, pair.two));
  REQUIRE(pair.datagram_arrives(pair.two, pair.one));
  auto& copy = pair.network.add(3, pair.cluster.member(2, 2));
  pair.network.introduce(copy, pair.one, false);
  pair.network.introduce(pair.one, copy, false);
  REQUIRE(pair.datagram_arrives(copy, pair.one));
  REQUIRE(pair.send_datagram(pair.one, copy, "to the copy"));
  REQUIRE(pair.network.datagrams_seen.back().second.to == copy.address);
  pair.network.remove(3);
  pair.two.received.clear();
  for (int i = 0; i < 20 && pair.two.received.empty(); ++i) {
    pair.send_datagram(pair.two, pair.one, "still here");
    pair.send_datagram(pair.one, pair.two, "who is there?");
    pair.network.run(500ms);
  }
  CHECK(!pair.two.received.empty());
}

TEST_CASE("a node that a copy has outrun goes on above it, and is told", "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  auto& copy = pair.network.add(3, pair.cluster.member(2, 7));
  pair.network.introduce(copy, pair.one, false);
  REQUIRE(pair.datagram_arrives(copy, pair.one));
  pair.network.remove(3);
  REQUIRE(pair.datagram_arrives(pair.two, pair.one));
  REQUIRE(pair.two.outruns == std::vector{pair.one.id});
  CHECK(pair.one.outruns.empty());
  // Its own first message that comes again is no copy's.
  for (const auto& [from, datagram] : std::vector(pair.network.datagrams_seen))
    pair.network.deliver_datagram(from, datagram.to, datagram.bytes);
  pair.network.run(1s);
  CHECK(pair.two.outruns.size() == 1);
  CHECK(pair.datagram_arrives(pair.one, pair.two));
}

TEST_CASE("under load only those who return a cookie get a handshake", "[transport]") {
  const TestCluster cluster;
  MemoryNetwork network(1);
  auto& target = network.add(1, cluster.member(1));
  auto& sender = network.add(2, cluster.member(2));
  network.introduce(sender, target, false);
  sender.transport->send_datagram(network.now(), target.id, "x");
  network.drain(sender);
  const std::string message1 = network.datagrams_seen.front().second.bytes;
  // A copied first message from forged addresses.
  for (int i = 0; i < DatagramSessions::kHandshakesPerSecondMax; ++i) {
    network.deliver_datagram(address_of(66), target.address, message1);
  }
  CHECK(target.transport->stats().cookies_sent == 0);
  const size_t before = network.datagrams_seen.size();
  network.deliver_datagram(address_of(66), target.address, message1);
  REQUIRE(target.transport->stats().cookies_sent == 1);
  REQUIRE(network.datagrams_seen.size() == before + 1);
  CHECK(network.datagrams_seen.back().second.bytes.size() == kCookieReplyBytes);
  CHECK(kCookieReplyBytes < message1.size());

  // Another member gets through all the same, with its second try.
  auto& honest = network.add(3, cluster.member(3));
  network.introduce(honest, target, false);
  honest.transport->send_datagram(network.now(), target.id, "x");
  network.drain(honest);
  REQUIRE(network.run_until([&] { return honest.transport->stats().handshakes_done == 1; }, 900ms));
  CHECK(honest.transport->stats().handshakes_started == 2);
  CHECK(target.transport->stats().cookies_sent >= 2);
}
