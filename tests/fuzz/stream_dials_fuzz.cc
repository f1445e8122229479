#include "storage/crypto/hash.h"
#include "storage/crypto/x25519.h"
#include "tests/fuzz/hostile.h"

// A member dials another and asks who listens at an address, and whatever answers has the other's keys and no manners:
// noise, the answers of every kind of handshake with any payload, refusals. The member tells the outcome of every
// greeting once, and no lie makes it use up its boot counters.
namespace {

using namespace tutti;
using namespace tutti::test;

constexpr size_t kStepsMax = 16;

struct Caller {
  fuzz::Tape& tape;
  TestCluster cluster{};
  NodeKeys third = keys_of(3);
  SeededRandom random{1};
  NoiseTransport node{options(), random};
  Now now{Instant{}, WallTime(std::chrono::milliseconds(kWallStartMs))};
  size_t greetings = 0, greeted = 0;
  uint64_t boot = 1;

  NoiseOptions options() const {
    NoiseOptions made = cluster.member(1);
    made.dials_at_once = true;
    return made;
  }
  // Noise's message 2 with a payload of the tape's choice.
  std::string answer(const std::string& frame) {
    constexpr size_t kTypeAt = 2, kNoiseAt = 2 + 4 + 16;
    const bool meeting = has_type(ByteView(frame).substr(kTypeAt), PacketType::kMeetMessage1);
    fuzz::Insider insider{third, cluster.public_key(), cluster.discovery_secret};
    if (meeting) {
      insider.keys.x25519_secret = blake2b_256("tutti meet", view_of(cluster.discovery_secret));
      insider.keys.x25519_public = x25519_public_of(insider.keys.x25519_secret);
    } else {
      auto honest = Handshaker(
          {third, cluster.certify(third), cluster.public_key(), cluster.discovery_secret, 1}, random);
      const auto offer = honest.read(now.wall, ByteView(frame).substr(kNoiseAt));
      check(offer.has_value(), "a member's message 1 is good");
      boot = offer->freshness.boot;
    }
    std::string payload;
    switch (tape.number() % 3) {
      case 0: payload = tape.bytes(); break;
      case 1:
        put_u64(payload, tape.number());
        put_bytes(payload, encode_certificate(cluster.certify(third)));
        payload += tape.bytes().substr(0, 100);
        break;
      case 2: {  // refuses
        uint64_t ahead = tape.number();
        ahead <<= tape.number() % 64;
        put_u64(payload, boot + ahead);
        put_u64(payload, tape.number());
        break;
      }
    }
    TransportKeys keys;
    return insider.answer(ByteView(frame).substr(kNoiseAt), payload, keys);
  }
  void carry_out() {
    while (auto output = node.poll_output()) {
      if (const auto* open = std::get_if<Transport::OpenStream>(&*output)) {
        if (tape.number() % 4 == 3) {
          node.handle_stream_closed(now, open->stream);
        } else {
          node.handle_stream_opened(now, open->stream, open->to);
        }
      } else if (const auto* sent = std::get_if<Transport::SendStream>(&*output)) {
        node.handle_stream_drained(now, sent->stream, sent->bytes.size());
        if (sent->bytes.size() < 300) continue;  // no message 1
        std::string body;
        put_u32(body, tape.number() % 16);
        body += tape.number() % 2 == 0 ? answer(sent->bytes) : std::string(tape.bytes());
        node.handle_stream(now, sent->stream, fuzz::frame(body));
      } else if (std::holds_alternative<Transport::Greeted>(*output)) {
        ++greeted;
      }
    }
  }
  void pass(Duration time) {
    now.mono += time;
    now.wall += std::chrono::duration_cast<std::chrono::milliseconds>(time);
    node.handle_timeout(now);
    carry_out();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Tape tape(data, size);
  Caller caller{tape};
  caller.node.set_peer(caller.now, {caller.third.id(), caller.third.x25519_public, address_of(3), true});
  caller.carry_out();
  for (size_t step = 0; step < kStepsMax && !tape.done(); ++step) {
    if (tape.number() % 2 == 0) {
      caller.node.greet(caller.now, address_of(3));
      ++caller.greetings;
    }
    caller.pass(std::chrono::milliseconds(100) * (1 + tape.number()));
  }
  for (int i = 0; i < 20; ++i) caller.pass(std::chrono::seconds(1));
  check(caller.greeted == caller.greetings, "every greeting has one outcome");
  check(caller.boot <= 2 + Handshaker::kBootAheadMax, "lies cost ten years of boot counters and no more");
  return 0;
}
