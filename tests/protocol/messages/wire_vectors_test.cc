#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "protocol/session/handshake.h"
#include "protocol/session/noise_transport.h"
#include "protocol/session/stream_session.h"
#include "storage/crypto/ed25519.h"
#include "storage/crypto/hash.h"
#include "storage/crypto/text_encoding.h"
#include "storage/crypto/x25519.h"
#include "tests/protocol/session/memory_network.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// "name hex" lines within the ```vectors blocks of protocol/WIRE.md.
std::map<std::string, std::string> read_vectors() {
  const auto path = std::filesystem::path(TUTTI_SOURCE_DIR) / "protocol/WIRE.md";
  std::ifstream file(path);
  REQUIRE(file.good());
  std::map<std::string, std::string> vectors;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      inside = line == "```vectors";
    } else if (inside) {
      std::istringstream words(line);
      std::string name;
      words >> name >> vectors[name];
    }
  }
  return vectors;
}

class ConstantRandom final : public Random {
 public:
  explicit ConstantRandom(uint8_t byte) : byte_(byte) {}
  void fill(std::span<uint8_t> out) override { std::fill(out.begin(), out.end(), byte_); }

 private:
  uint8_t byte_;
};

NodeKeys keys_from(uint8_t first) {
  std::array<uint8_t, 64> bytes;
  for (uint8_t& byte : bytes) byte = first++;
  return NodeKeys::from_random(bytes);
}

constexpr uint64_t kExpiresMs = 1'800'000'000'000;

NoiseOptions member(uint8_t first) {
  Key32 seed;
  Key32 discovery;
  seed.fill(1);
  discovery.fill(2);
  const NodeKeys keys = keys_from(first);
  return {keys, issue_certificate(seed, {keys.x25519_public, keys.ed25519_public, 1, kExpiresMs, 1}),
          ed25519_public_of(seed), discovery, 7};
}

template <class T>
T next(NoiseTransport& transport) {
  auto output = transport.poll_output();
  REQUIRE(output);
  REQUIRE(std::holds_alternative<T>(*output));
  return std::move(std::get<T>(*output));
}

}  // namespace

TEST_CASE("the wire is what WIRE.md says, byte for byte", "[wire]") {
  std::map<std::string, std::string> made;
  const NoiseOptions a = member(0x10);
  const NoiseOptions b = member(0x50);
  made["node-a-id"] = to_hex(a.keys.id());
  made["node-a-certificate"] = to_hex(encode_certificate(a.certificate));

  Key32 seed;
  seed.fill(1);
  TokenTerms terms{{}, kExpiresMs, 1};
  terms.id.fill(3);
  made["token"] = to_hex(to_text(JoinToken::issue(seed, terms, {{address_of(1), a.keys.x25519_public}})));
  made["mac-key-1"] = to_hex(view_of(handshake_mac_key(a.discovery_secret, PacketType::kDatagramMessage1)));

  ConstantRandom random_a(0xAA);
  ConstantRandom random_b(0xBB);
  NoiseTransport node_a(a, random_a);
  NoiseTransport node_b(b, random_b);
  const Now now{Instant{}, WallTime(std::chrono::milliseconds(kWallStartMs))};
  node_a.set_peer(now, {b.keys.id(), b.keys.x25519_public, address_of(2), false});
  REQUIRE_FALSE(node_a.send_datagram(now, b.keys.id(), "hello"));
  const std::string message1 = next<Transport::SendDatagram>(node_a).bytes;
  node_b.handle_datagram(now, address_of(1), message1);
  const std::string message2 = next<Transport::SendDatagram>(node_b).bytes;
  node_a.handle_datagram(now, address_of(2), message2);
  made["datagram-message-1"] = to_hex(message1);
  made["datagram-message-2"] = to_hex(message2);
  made["datagram-proof"] = to_hex(next<Transport::SendDatagram>(node_a).bytes);
  REQUIRE(node_a.send_datagram(now, b.keys.id(), "hello"));
  made["datagram-hello"] = to_hex(next<Transport::SendDatagram>(node_a).bytes);

  NoiseOptions dialler = a;
  dialler.dials_at_once = true;
  NoiseTransport node_c(dialler, random_a);
  node_c.set_peer(now, {b.keys.id(), b.keys.x25519_public, address_of(2), true});
  node_c.handle_stream_opened(now, next<Transport::OpenStream>(node_c).stream, address_of(2));
  made["stream-message-1"] = to_hex(next<Transport::SendStream>(node_c).bytes);

  // B has seen boot 7 of A on datagrams and on a stream; now A comes with boot 6.
  const auto connect = [&](uint64_t number, const std::string& frame) {
    const StreamId stream{uint64_t{1} << 63 | number};
    node_b.handle_stream_opened(now, stream, address_of(1));
    node_b.handle_stream(now, stream, frame);
    return next<Transport::SendStream>(node_b).bytes;
  };
  connect(1, *from_hex(made["stream-message-1"]));
  dialler.boot_counter = 6;
  NoiseTransport node_d(dialler, random_a);
  node_d.set_peer(now, {b.keys.id(), b.keys.x25519_public, address_of(2), true});
  const StreamId dialled = next<Transport::OpenStream>(node_d).stream;
  REQUIRE_FALSE(node_d.send_datagram(now, b.keys.id(), "hello"));
  node_b.handle_datagram(now, address_of(1), next<Transport::SendDatagram>(node_d).bytes);
  made["datagram-refusal"] = to_hex(next<Transport::SendDatagram>(node_b).bytes);
  node_d.handle_stream_opened(now, dialled, address_of(2));
  made["stream-refusal"] = to_hex(connect(2, next<Transport::SendStream>(node_d).bytes));

  made["meeting-public-key"] =
      to_hex(view_of(x25519_public_of(blake2b_256("tutti meet", view_of(a.discovery_secret)))));
  NoiseTransport node_e(a, random_a);
  node_e.greet(now, address_of(2));
  node_e.handle_stream_opened(now, next<Transport::OpenStream>(node_e).stream, address_of(2));
  const std::string meet1 = next<Transport::SendStream>(node_e).bytes;
  made["meeting-message-1"] = to_hex(meet1);
  made["meeting-message-2"] = to_hex(connect(3, meet1));

  TransportKeys keys;
  keys.send.fill(1);
  std::string frame;
  StreamSession(keys).seal("hello", frame);
  made["stream-hello"] = to_hex(frame);

  const auto written = read_vectors();
  for (const auto& [name, hex] : made) {
    INFO(name << " " << hex);
    const auto it = written.find(name);
    REQUIRE(it != written.end());
    CHECK(it->second == hex);
  }
  CHECK(written.size() == made.size());
}
