#include "protocol/session/stream_session.h"
#include "tests/fuzz/hostile.h"

// A joiner dials the node its token names, and hostile bytes answer: noise, a handshake with any payload, or a good
// one and any sealed answer. It ends with words, or as a member only where the cluster signed its keys.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tutti;
  using namespace tutti::test;
  fuzz::Tape tape(data, size);
  const TestCluster cluster;
  const NodeKeys member = keys_of(1), own = keys_of(2);
  const Now now{Instant{}, WallTime(std::chrono::milliseconds(kWallStartMs))};
  const TokenTerms terms{{}, kWallStartMs + 1000, 1};
  const JoinToken token = JoinToken::issue(cluster.seed, terms, {{address_of(1), member.x25519_public}});
  SeededRandom random(1);
  JoinClient client(token, 0, own, "joiner", address_of(2), random);
  const std::string first = client.start(now);

  const uint8_t how = tape.number();
  if (how % 3 != 0) {
    // Message 1: length 2, type 4, token id 16, expiry 8, roles 1, mac 16, then Noise.
    const fuzz::Insider seed{member, cluster.public_key(), token.secret};
    std::string payload;
    if (how % 3 == 2) {
      put_u64(payload, 1);
      put_bytes(payload, encode_certificate(cluster.certify(member)));
    } else {
      payload = tape.bytes();
    }
    TransportKeys keys;
    std::string body;
    put_type(body, PacketType::kJoinMessage2);
    body += seed.answer(ByteView(first).substr(47), payload, keys);
    client.handle_bytes(now, fuzz::frame(body));
    std::string answer;
    if ((how & 64) != 0) {  // all but the members
      JoinAnswer good{{}, cluster.certify(own), cluster.public_key(), cluster.discovery_secret, {}};
      good.members = tape.bytes();
      answer = encode_join_answer(good);
      if ((how & 128) != 0) answer[tape.number() % answer.size()] ^= static_cast<char>(tape.number());
    } else {
      answer = tape.bytes();
    }
    std::string sealed;
    StreamSession(keys).seal(answer, sealed);
    client.handle_bytes(now, sealed);
  }
  client.handle_bytes(now, tape.rest());
  client.handle_closed();
  check(client.result() != nullptr, "a joiner that was left alone knows how it ended");
  check(!client.result()->has_value() ||
            (*client.result())->certificate.verify(cluster.public_key(), now.wall).has_value(),
        "whoever joined has a certificate");
  return 0;
}
