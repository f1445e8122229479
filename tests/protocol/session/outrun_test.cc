#include <catch2/catch.hpp>

#include "protocol/session/datagram_sessions.h"
#include "protocol/session/handshake.h"
#include "protocol/session/stream_sessions.h"
#include "tests/protocol/session/transport_pair.h"

using namespace tutti;
using namespace tutti::test;
using namespace std::chrono_literals;

// A refusal says to a node that a copy of it has made later handshakes. noise_datagram_test.cc and noise_stream_test.cc
// have what it is good for; here is what nobody may do with it.

namespace {

// A copy of `two` with a later boot has talked to `one`, and is gone.
struct OutrunPair : Pair {
  OutrunPair() {
    auto& copy = network.add(3, cluster.member(2, 7));
    network.introduce(copy, one, false);
    REQUIRE(datagram_arrives(copy, one));
    network.remove(3);
    network.introduce(two, one, false);
    network.datagrams_seen.clear();
  }
  const std::string& sent(size_t at) { return network.datagrams_seen.at(at).second.bytes; }
  // What `two` begins with; nothing has arrived yet.
  std::string begin() {
    send_datagram(two, one, "x");
    return sent(0);
  }
  // How `one` answers it; the answer is on its way.
  std::string refusal_of(const std::string& message1) {
    const size_t before = network.datagrams_seen.size();
    network.deliver_datagram(two.address, one.address, message1);
    REQUIRE(network.datagrams_seen.size() == before + 1);
    REQUIRE(network.datagrams_seen.back().second.to == two.address);
    return sent(before);
  }
};

Handshaker handshaker_of(const TestCluster& cluster, uint64_t number, uint64_t boot, Random& random) {
  const NoiseOptions options = cluster.member(number, boot);
  return Handshaker(
      {options.keys, options.certificate, options.cluster_public_key, options.discovery_secret, boot},
      random);
}

}  // namespace

TEST_CASE("a refusal with one wrong bit is ignored", "[transport]") {
  OutrunPair pair;
  const std::string refusal = pair.refusal_of(pair.begin());
  for (size_t at = 4; at < refusal.size(); ++at) {
    std::string forged = refusal;
    forged[at] ^= 1;
    pair.network.deliver_datagram(pair.one.address, pair.two.address, forged);
  }
  CHECK(pair.two.outruns.empty());
  pair.network.deliver_datagram(pair.one.address, pair.two.address, refusal);
  CHECK(pair.two.outruns.size() == 1);
}

TEST_CASE("a member's refusal counts for the handshake with that member alone", "[transport]") {
  OutrunPair pair;
  auto& liar = pair.network.add(4, pair.cluster.member(4));
  auto& copy = pair.network.add(3, pair.cluster.member(2, 7));
  pair.network.introduce(copy, liar, false);
  REQUIRE(pair.datagram_arrives(copy, liar));
  pair.network.remove(3);
  pair.network.introduce(pair.two, liar, false);
  pair.network.datagrams_seen.clear();

  const std::string to_one = pair.begin();
  pair.send_datagram(pair.two, liar, "x");
  const std::string to_liar = pair.sent(1);
  pair.network.deliver_datagram(pair.two.address, liar.address, to_liar);
  std::string refusal = pair.sent(2);
  // The liar knows the index of the other handshake, as it has seen it pass: it stands at 36 in message 1, and at 4 here.
  refusal.replace(4, 4, to_one, 36, 4);
  pair.network.deliver_datagram(pair.one.address, pair.two.address, refusal);
  CHECK(pair.two.outruns.empty());
}

TEST_CASE("a refusal that comes again, late, or without a handshake is ignored", "[transport]") {
  OutrunPair pair;
  const std::string refusal = pair.refusal_of(pair.begin());
  auto& restarted = pair.network.add(2, pair.cluster.member(2));
  pair.network.deliver_datagram(pair.one.address, restarted.address, refusal);
  CHECK(restarted.outruns.empty());

  OutrunPair late;
  const std::string first = late.refusal_of(late.begin());
  late.network.loss_percent = 100;
  late.network.run(500ms);  // it has arrived, and the next try is out
  REQUIRE(late.two.outruns.size() == 1);
  late.network.deliver_datagram(late.one.address, late.two.address, first);
  CHECK(late.two.outruns.size() == 1);
}

TEST_CASE("a node goes ten years above its start and no further, whoever says so how often", "[transport]") {
  const TestCluster cluster;
  SeededRandom random(1);
  auto node = handshaker_of(cluster, 1, 100, random);
  auto peer = handshaker_of(cluster, 2, 1, random);
  const WallTime wall{std::chrono::milliseconds(kWallStartMs)};
  const auto refused_as = [&](Freshness seen) {
    std::string message1, refusal;
    const auto started = node.start(keys_of(2).x25519_public, message1);
    REQUIRE(started);
    auto offer = peer.read(wall, message1);
    REQUIRE(offer);
    const Freshness shown = offer->freshness;
    REQUIRE(peer.refuse(std::move(*offer), seen, refusal));
    const auto read = node.read_refusal(*started, refusal);
    REQUIRE(read);
    CHECK(*read == seen);
    return std::pair(node.go_above(*read), shown);
  };
  CHECK_FALSE(refused_as({100, 0}).first);  // it is above already
  CHECK_FALSE(refused_as({100 + Handshaker::kBootAheadMax + 1, 1}).first);
  CHECK_FALSE(refused_as({UINT64_MAX, UINT64_MAX}).first);
  CHECK(refused_as({100, 50}).first);
  CHECK(refused_as({100 + Handshaker::kBootAheadMax, 1}).second == Freshness{101, 1});
  const auto last = refused_as({100 + Handshaker::kBootAheadMax + 2, 1});
  CHECK_FALSE(last.first);
  CHECK(last.second == Freshness{100 + Handshaker::kBootAheadMax + 1, 1});
}

TEST_CASE("neither refusal nor message 2 passes for the other", "[transport]") {
  const TestCluster cluster;
  SeededRandom random(1);
  auto node = handshaker_of(cluster, 1, 1, random);
  auto peer = handshaker_of(cluster, 2, 1, random);
  const WallTime wall{std::chrono::milliseconds(kWallStartMs)};
  std::string message1, refusal, message2;
  const auto started = node.start(keys_of(2).x25519_public, message1);
  REQUIRE(peer.refuse(*peer.read(wall, message1), {2, 1}, refusal));
  REQUIRE(peer.accept(*peer.read(wall, message1), message2));
  CHECK_FALSE(node.read_refusal(*started, message2));
  CHECK_FALSE(node.finish(*started, keys_of(2).id(), wall, refusal));
  CHECK(node.read_refusal(*started, refusal));
  CHECK(node.finish(*started, keys_of(2).id(), wall, message2));
}

TEST_CASE("a refusal is shorter than what it answers, and under load there is none", "[transport]") {
  OutrunPair pair;
  const std::string message1 = pair.begin();
  CHECK(pair.refusal_of(message1).size() < message1.size());
  // The same message again and again, from forged addresses.
  for (int i = 1; i < 2 * DatagramSessions::kHandshakesPerSecondMax; ++i)
    pair.network.deliver_datagram(address_of(66), pair.one.address, message1);
  int refusals = 0;
  for (const auto& [from, datagram] : pair.network.datagrams_seen)
    refusals += has_type(datagram.bytes, PacketType::kDatagramOutrun);
  CHECK(refusals <= DatagramSessions::kHandshakesPerSecondMax);
  CHECK(pair.one.transport->stats().cookies_sent >= DatagramSessions::kHandshakesPerSecondMax - 1);
}

TEST_CASE("whoever has refusals sent and takes none holds a bounded number of streams", "[transport]") {
  const TestCluster cluster;
  MemoryNetwork network(1);
  auto& one = network.add(1, cluster.member(1));
  auto& copy = network.add(3, cluster.member(2, 7));
  network.introduce(copy, one);
  REQUIRE(network.run_until([&] { return one.transport->has_stream(copy.id); }, 10s));
  SeededRandom random(1);
  NoiseOptions options = cluster.member(2);
  options.dials_at_once = true;
  NoiseTransport outrun(options, random);
  outrun.set_peer(network.now(), {one.id, one.x25519, one.address, true});
  const auto dial = std::get<Transport::OpenStream>(*outrun.poll_output());
  outrun.handle_stream_opened(network.now(), dial.stream, one.address);
  const std::string message1 = std::get<Transport::SendStream>(*outrun.poll_output()).bytes;

  size_t closed = 0;
  const size_t dials = 2 * StreamSessions::kHalfOpenMax;
  for (size_t i = 0; i < dials; ++i) {
    const StreamId stream{uint64_t{1} << 63 | (1000 + i)};
    one.transport->handle_stream_opened(network.now(), stream, address_of(250));
    one.transport->handle_stream(network.now(), stream, message1);
    while (const auto output = one.transport->poll_output()) {
      if (std::holds_alternative<Transport::CloseStream>(*output)) ++closed;
      const auto* answer = std::get_if<Transport::SendStream>(&*output);
      if (answer) CHECK(answer->bytes.size() < message1.size());
    }
  }
  CHECK(closed == dials - StreamSessions::kHalfOpenMax);
}
