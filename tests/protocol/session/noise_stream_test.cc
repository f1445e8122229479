#include <catch2/catch.hpp>

#include "protocol/session/stream_sessions.h"
#include "tests/protocol/session/transport_pair.h"

using namespace tutti;
using namespace tutti::test;
using namespace std::chrono_literals;

TEST_CASE("two members that know each other hold one stream, dialled by the smaller id", "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  REQUIRE(pair.network.run_until([&] { return pair.settled(); }, 1s));
  CHECK(pair.smaller().dials == 1);
  CHECK(pair.greater().dials == 0);
  CHECK(pair.one.ups == std::vector{pair.two.id});
  CHECK(pair.two.ups == std::vector{pair.one.id});
  pair.network.run(1min);
  CHECK(pair.one.downs.empty());
  CHECK(pair.smaller().dials == 1);
}

TEST_CASE("stream messages arrive whole and in order, a megabyte too", "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  CHECK_FALSE(pair.send_stream(pair.one, pair.two, "too early"));
  REQUIRE(pair.network.run_until([&] { return pair.settled(); }, 1s));
  std::string large(1 << 20, '\0');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 + i / 251);
  std::vector<std::string> sent = {"small", large, "after", large.substr(0, 65519)};
  for (const auto& message : sent) REQUIRE(pair.send_stream(pair.one, pair.two, message));
  CHECK(pair.one.transport->stream_backlog_bytes(pair.two.id) > 1 << 20);
  REQUIRE(pair.network.run_until([&] { return pair.two.received.size() == sent.size(); }, 1s));
  for (size_t i = 0; i < sent.size(); ++i) {
    CHECK(pair.two.received[i].message == sent[i]);
    CHECK(pair.two.received[i].from == pair.one.id);
    CHECK(pair.two.received[i].channel == Transport::Channel::kStream);
  }
  pair.network.run(10ms);
  CHECK(pair.one.transport->stream_backlog_bytes(pair.two.id) == 0);
  CHECK_FALSE(pair.send_stream(pair.one, pair.two, ""));
}

TEST_CASE("messages sent within one turn leave as one SendStream", "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  REQUIRE(pair.network.run_until([&] { return pair.settled(); }, 1s));
  for (int i = 0; i < 100; ++i) {
    REQUIRE(pair.one.transport->send_stream(pair.network.now(), pair.two.id, "message " + std::to_string(i)));
  }
  const auto output = pair.one.transport->poll_output();
  REQUIRE(output);
  CHECK(std::holds_alternative<Transport::SendStream>(*output));
  CHECK_FALSE(pair.one.transport->poll_output());
}

TEST_CASE("garbage on TCP is answered with a close and not one byte", "[transport]") {
  Pair pair;
  SeededRandom random(5);
  for (int i = 0; i < 300; ++i) {
    const auto stranger = pair.network.connect_stranger(pair.two);
    std::string bytes(2 + 512, '\0');
    random.fill({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
    const size_t length = random.below(513);
    bytes[0] = static_cast<char>(length);
    bytes[1] = static_cast<char>(length >> 8);
    if (random.below(2) == 0) bytes.replace(2, 4, std::string{static_cast<char>(random.below(9)), 0, 0, 0});
    pair.network.say(pair.two, *stranger, bytes);
    CHECK(stranger->heard.empty());
    CHECK(stranger->closed);
  }
  // Such as a browser, which announces far too long a frame.
  const auto browser = pair.network.connect_stranger(pair.two);
  pair.network.say(pair.two, *browser, "GET / HTTP/1.1\r\n\r\n");
  CHECK(browser->closed);
  CHECK(browser->heard.empty());
  // And one who says nothing at all.
  const auto silent = pair.network.connect_stranger(pair.two);
  pair.network.run(4900ms);
  CHECK_FALSE(silent->closed);
  pair.network.run(200ms);
  CHECK(silent->closed);
  CHECK(pair.two.transport->stats().stream_bytes_out == 0);
}

TEST_CASE("of too many silent connections the oldest is closed", "[transport]") {
  Pair pair;
  const auto first = pair.network.connect_stranger(pair.two);
  for (size_t i = 1; i < StreamSessions::kHalfOpenMax; ++i) {
    pair.network.run(1ms);
    pair.network.connect_stranger(pair.two);
  }
  CHECK_FALSE(first->closed);
  const auto last = pair.network.connect_stranger(pair.two);
  CHECK(first->closed);
  CHECK_FALSE(last->closed);
}

TEST_CASE("a node without the discovery secret, or of another cluster, hears nothing", "[transport]") {
  const TestCluster cluster;
  for (const bool other_cluster : {false, true}) {
    MemoryNetwork network(1);
    auto& member = network.add(1, cluster.member(1));
    NoiseOptions options = cluster.member(2);
    if (other_cluster) {
      options = TestCluster(2).member(2);
      options.discovery_secret = cluster.discovery_secret;  // it may have leaked
    } else {
      options.discovery_secret.fill(9);
    }
    auto& outsider = network.add(2, options);
    network.introduce(outsider, member);
    outsider.transport->send_datagram(network.now(), member.id, "x");
    network.drain(outsider);
    network.run(30s);
    CHECK(outsider.transport->stats().handshakes_started > 3);
    CHECK(member.transport->stats().datagrams_out == 0);
    CHECK(member.transport->stats().stream_bytes_out == 0);
    CHECK(member.ups.empty());
    CHECK(outsider.ups.empty());
  }
}

TEST_CASE("an expired certificate opens nothing, and ends what it opened", "[transport]") {
  const TestCluster cluster;
  MemoryNetwork network(1);
  NoiseOptions options = cluster.member(2);
  options.certificate = cluster.certify(options.keys, kWallStartMs + 60'000);
  auto& one = network.add(1, cluster.member(1));
  auto& two = network.add(2, options);
  network.introduce_both(one, two);
  one.transport->send_datagram(network.now(), two.id, "x");
  network.drain(one);
  REQUIRE(network.run_until([&] { return one.transport->has_stream(two.id); }, 10s));
  REQUIRE(one.transport->send_datagram(network.now(), two.id, "x"));
  network.run(61s);
  CHECK_FALSE(one.transport->send_datagram(network.now(), two.id, "x"));
  CHECK_FALSE(one.transport->send_stream(network.now(), two.id, "x"));
  network.drain(one);
  const size_t ups = one.ups.size();
  network.run(60s);
  CHECK(one.ups.size() == ups);
  CHECK(two.transport->stats().handshakes_started > 0);

  // A renewed one brings it back.
  two.transport->set_certificate(cluster.certify(options.keys));
  CHECK(network.run_until(
      [&] { return one.transport->has_stream(two.id) && two.transport->has_stream(one.id); }, 20s));
}

TEST_CASE("a revoked node is cut off at once and not let in again", "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  REQUIRE(pair.network.run_until([&] { return pair.settled(); }, 10s));
  REQUIRE(pair.datagram_arrives(pair.two, pair.one));
  pair.one.transport->revoke(pair.network.now(), pair.two.id);
  pair.network.drain(pair.one);
  CHECK_FALSE(pair.one.transport->has_stream(pair.two.id));
  CHECK(pair.one.downs.size() == 1);
  pair.one.received.clear();
  pair.network.introduce(pair.one, pair.two);
  for (int i = 0; i < 60; ++i) {
    pair.send_datagram(pair.two, pair.one, "x");
    pair.network.run(1s);
  }
  CHECK(pair.one.received.empty());
  CHECK_FALSE(pair.one.transport->has_stream(pair.two.id));
}

TEST_CASE("the node with the greater id dials when the other does not", "[transport]") {
  Pair pair;
  pair.network.introduce(pair.greater(), pair.smaller());
  pair.network.run(2900ms);
  CHECK(pair.greater().dials == 0);
  REQUIRE(pair.network.run_until([&] { return pair.settled(); }, 1s));
  CHECK(pair.greater().dials == 1);
}

TEST_CASE("simultaneous dials settle on one stream that both keep", "[transport]") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    const TestCluster cluster;
    MemoryNetwork network(seed);
    NoiseOptions first = cluster.member(2 * seed);
    NoiseOptions second = cluster.member(2 * seed + 1);
    first.dials_at_once = second.dials_at_once = true;
    auto& one = network.add(1, first);
    auto& two = network.add(2, second);
    network.delay_min = network.delay_max = 10ms;
    network.introduce(one, two);
    network.run(Duration(1ms) * static_cast<int>(seed % 40));
    network.introduce(two, one);
    network.run(1s);
    REQUIRE(one.transport->has_stream(two.id));
    REQUIRE(two.transport->has_stream(one.id));
    CHECK(network.connections() == 1);
    CHECK(one.ups.size() == one.downs.size() + 1);
    CHECK(two.ups.size() == two.downs.size() + 1);
    REQUIRE(one.transport->send_stream(network.now(), two.id, "to two"));
    REQUIRE(two.transport->send_stream(network.now(), one.id, "to one"));
    network.drain(one);
    network.drain(two);
    network.run(100ms);
    CHECK(one.received.size() == 1);
    CHECK(two.received.size() == 1);
  }
}

TEST_CASE("a broken stream is opened again, soon and for ever", "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  for (size_t round = 1; round <= 20; ++round) {
    REQUIRE(pair.network.run_until([&] { return pair.settled(); }, 6s));
    CHECK(pair.one.ups.size() == round);
    pair.network.run(round % 2 == 0 ? 10s : 10ms);
    pair.network.break_streams(pair.one);
    CHECK_FALSE(pair.streams_up());
    CHECK(pair.one.downs.size() == round);
    CHECK(pair.two.downs.size() == round);
  }
}

TEST_CASE("a peer that is away is dialled with backoff, and found when it returns", "[transport]") {
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  REQUIRE(pair.network.run_until([&] { return pair.settled(); }, 1s));
  auto& stays = pair.smaller();
  const uint8_t number = &stays == &pair.one ? 2 : 1;
  const NodeId gone = pair.greater().id;
  pair.network.run(10s);
  pair.network.remove(number);
  const uint64_t before = stays.dials;
  pair.network.run(10min);
  CHECK(stays.dials - before > 100);
  CHECK(stays.dials - before < 170);
  auto& back = pair.network.add(number, pair.cluster.member(number, 2));
  pair.network.introduce(back, stays);
  CHECK(pair.network.run_until(
      [&] { return stays.transport->has_stream(gone) && back.transport->has_stream(stays.id); }, 6s));
  // The datagram session died with the process; its peer notices that nothing comes back.
  REQUIRE(pair.network.run_until(
      [&] {
        stays.transport->send_datagram(pair.network.now(), gone, "x");
        pair.network.drain(stays);
        pair.network.run(500ms);
        return !back.received.empty();
      },
      20s));
}

TEST_CASE("a stream whose loss only one side noticed is replaced by the other's dial", "[transport]") {
  // The greater id restarts so fast that the smaller still holds the stream to its former life.
  Pair pair;
  pair.network.introduce_both(pair.one, pair.two);
  REQUIRE(pair.network.run_until([&] { return pair.settled(); }, 1s));
  auto& stays = pair.smaller();
  const NodeId gone = pair.greater().id;
  const uint8_t number = &stays == &pair.one ? 2 : 1;
  NoiseOptions again = pair.cluster.member(number, 2);
  again.dials_at_once = true;
  auto& back = pair.network.add(number, again);  // the old pipe stays open
  pair.network.introduce(back, stays);
  REQUIRE(pair.network.run_until([&] { return back.transport->has_stream(stays.id); }, 2s));
  pair.network.run(1s);
  CHECK(back.transport->has_stream(stays.id));
  CHECK(stays.transport->has_stream(gone));
  CHECK(stays.ups.size() == 2);
  CHECK(stays.downs.size() == 1);
}

TEST_CASE("a forgotten peer is not dialled again", "[transport]") {
  Pair pair;
  pair.network.introduce(pair.smaller(), pair.greater());
  REQUIRE(pair.network.run_until([&] { return pair.settled(); }, 1s));
  pair.smaller().transport->forget_peer(pair.network.now(), pair.greater().id);
  pair.network.drain(pair.smaller());
  pair.network.run(1min);
  CHECK(pair.network.connections() == 0);
  CHECK(pair.smaller().dials == 1);
}

TEST_CASE(
    "a silent stream is given up when its peer's datagrams come from elsewhere, one that is heard is not",
    "[transport]") {
  for (const bool heard : {false, true}) {
    Pair pair;
    pair.network.introduce_both(pair.one, pair.two);
    REQUIRE(pair.network.run_until([&] { return pair.settled(); }, 1s));
    REQUIRE(pair.datagram_arrives(pair.two, pair.one));
    pair.network.run(StreamSessions::kSilentWhereMoved);
    REQUIRE(pair.datagram_arrives(pair.two, pair.one));
    CHECK(pair.one.downs.empty());
    if (heard) REQUIRE(pair.send_stream(pair.two, pair.one, "here"));
    pair.network.run(10ms);
    REQUIRE(pair.send_datagram(pair.two, pair.one, "elsewhere"));
    const std::string moved = pair.network.datagrams_seen.back().second.bytes;
    pair.network.deliver_datagram(address_of(77), pair.one.address, moved);
    CHECK(pair.one.downs.empty() == heard);
    CHECK(pair.network.run_until([&] { return pair.settled(); }, 5s));
  }
}

TEST_CASE("a node that a copy has outrun dials again above it, and is told", "[transport]") {
  Pair pair;
  auto& copy = pair.network.add(3, pair.cluster.member(2, 7));
  pair.network.introduce(copy, pair.one);
  REQUIRE(pair.network.run_until([&] { return copy.transport->has_stream(pair.one.id); }, 10s));
  pair.network.remove(3);
  pair.network.introduce(pair.two, pair.one);
  REQUIRE(pair.network.run_until([&] { return pair.two.transport->has_stream(pair.one.id); }, 10s));
  CHECK(pair.two.outruns == std::vector{pair.one.id});
}

TEST_CASE("a dial that leads nowhere ends after five seconds and is tried again", "[transport]") {
  const TestCluster cluster;
  SeededRandom random(1);
  NoiseOptions options = cluster.member(1);
  options.dials_at_once = true;
  NoiseTransport transport(options, random);
  const NodeKeys peer = keys_of(2);
  Now now{Instant{}, WallTime(std::chrono::milliseconds(kWallStartMs))};
  transport.set_peer(now, {peer.id(), peer.x25519_public, address_of(2), true});
  auto output = transport.poll_output();
  REQUIRE((output && std::holds_alternative<Transport::OpenStream>(*output)));
  CHECK(transport.next_deadline() == Instant(5s));
  now.mono = Instant(5s);
  transport.handle_timeout(now);
  output = transport.poll_output();
  REQUIRE((output && std::holds_alternative<Transport::CloseStream>(*output)));
  REQUIRE(transport.next_deadline());
  CHECK(*transport.next_deadline() <= Instant(5200ms));
  now.mono = *transport.next_deadline();
  transport.handle_timeout(now);
  output = transport.poll_output();
  REQUIRE((output && std::holds_alternative<Transport::OpenStream>(*output)));
  // Opened, but silent: the same.
  const StreamId stream = std::get<Transport::OpenStream>(*output).stream;
  transport.handle_stream_opened(now, stream, address_of(2));
  output = transport.poll_output();
  REQUIRE((output && std::holds_alternative<Transport::SendStream>(*output)));
  now.mono += 5s;
  transport.handle_timeout(now);
  output = transport.poll_output();
  REQUIRE((output && std::holds_alternative<Transport::CloseStream>(*output)));
}
