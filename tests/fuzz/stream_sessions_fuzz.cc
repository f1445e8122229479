#include "protocol/session/stream_session.h"
#include "storage/crypto/hash.h"
#include "storage/crypto/x25519.h"
#include "tests/fuzz/hostile.h"

// Somebody connects to a member by TCP and says hostile bytes: noise, frames, handshakes with any payload, and once
// a handshake has succeeded, any sealed message, as a member or as a joiner. Afterwards an honest member gets its
// stream.
namespace {

using namespace tutti;
using namespace tutti::test;

// The body of the first frame in `heard` behind its type, taken from it; empty where none is whole.
std::string take_frame(std::string& heard) {
  if (heard.size() < 6) return {};
  const size_t size = static_cast<uint8_t>(heard[0]) | static_cast<size_t>(static_cast<uint8_t>(heard[1]))
                                                           << 8;
  if (size < 4 || heard.size() < 2 + size) return {};
  std::string body = heard.substr(6, size - 4);
  heard.erase(0, 2 + size);
  return body;
}

// What follows a handshake: frames whose sealed text, flag and all, is any bytes.
std::string sealed_frames(const Key32& key, fuzz::Tape& tape) {
  CipherState cipher(key);
  std::string out;
  for (int i = 0; i < 8 && !tape.done(); ++i) {
    std::string text(tape.bytes());
    text.resize(std::min<size_t>(text.size(), FrameReader::kFrameBytesMax - kAeadTagBytes));
    std::string body(text.size() + kAeadTagBytes, '\0');
    cipher.encrypt({}, text, body.data());
    out += fuzz::frame(body);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Tape tape(data, size);
  const TestCluster cluster;
  MemoryNetwork network(1);
  auto& one = network.add(1, cluster.member(1));
  NoiseOptions admits = cluster.member(2);
  admits.cluster_seed = cluster.seed;
  auto& two = network.add(2, admits);
  const NodeKeys third = keys_of(3);
  const fuzz::Insider insider{third, cluster.public_key(), cluster.discovery_secret};

  for (int stranger = 0; stranger < 4 && !tape.done(); ++stranger) {
    const auto line = network.connect_stranger(two);
    const auto say = [&](const std::string& bytes) { network.say(two, *line, bytes); };
    const uint8_t how = tape.number();
    std::string noise;
    switch (how % 7) {
      case 0: say(std::string(tape.bytes())); break;
      case 1: {
        std::string body;
        put_u32(body, tape.number());
        say(fuzz::frame(body.append(tape.bytes().substr(0, 1000))));
        break;
      }
      case 2: say(fuzz::stream_message1(cluster.discovery_secret, tape.bytes().substr(0, 480))); break;
      case 3: {
        insider.begin(two.x25519, fuzz::payload1({}, 0, tape.bytes()), noise);
        say(fuzz::stream_message1(cluster.discovery_secret, noise));
        break;
      }
      case 4: {  // a member
        auto state =
            insider.begin(two.x25519, fuzz::payload1(cluster.certify(third), 1 + how / 7, {}), noise);
        say(fuzz::stream_message1(cluster.discovery_secret, noise));
        if (!state.read_message(take_frame(line->heard))) break;
        say(sealed_frames(state.split().send, tape));
        break;
      }
      case 5: {  // a joiner
        TokenTerms terms{{}, kWallStartMs + ((how & 8) != 0 ? 1000 : 0), static_cast<Roles>(how >> 4)};
        const fuzz::Insider joiner{third, cluster.public_key(), token_secret(cluster.seed, terms)};
        auto state = joiner.begin(two.x25519, fuzz::payload1({}, 0, {}), noise);
        say(fuzz::join_message1(terms, joiner.psk, noise));
        if (!state.read_message(take_frame(line->heard))) break;
        if (tape.number() % 2 == 0) {
          say(sealed_frames(state.split().send, tape));
          break;
        }
        const JoinRequest asked{terms,
                                third.x25519_public,
                                third.ed25519_public,
                                std::string(tape.bytes().substr(0, JoinRequest::kNameBytesMax)),
                                {}};
        std::string sealed;
        StreamSession(state.split()).seal(encode_join_request(asked, third), sealed);
        say(sealed);
        for (const auto& join : two.joins)
          two.transport->answer_join(network.now(), join.stream, tape.bytes());
        network.drain(two);
        break;
      }
      case 6: {  // asks who this is
        const Key32 meeting = blake2b_256("tutti meet", view_of(cluster.discovery_secret));
        const uint8_t boot = tape.number();
        insider.begin(x25519_public_of(meeting), fuzz::payload1(cluster.certify(third), boot, tape.bytes()),
                      noise);
        say(fuzz::stream_message1(cluster.discovery_secret, noise, PacketType::kMeetMessage1));
        break;
      }
    }
    say(std::string(tape.bytes()));
    network.run(std::chrono::milliseconds(10) * tape.number());
  }

  network.introduce_both(one, two);
  const bool up = network.run_until(
      [&] { return one.transport->has_stream(two.id) && two.transport->has_stream(one.id); },
      std::chrono::seconds(30));
  check(up, "an honest member gets its stream whatever strangers said");
  return 0;
}
