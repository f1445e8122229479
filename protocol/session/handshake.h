#pragma once

#include <compare>
#include <optional>
#include <string>

#include "protocol/identity/certificate.h"
#include "protocol/identity/identity.h"
#include "protocol/random.h"
#include "protocol/session/noise.h"
#include "protocol/session/packet_type.h"
#include "storage/base/result.h"
#include "storage/base/time.h"

namespace tutti {

// Orders the first messages of one node: its boot counter, then a count within that boot. A responder takes
// only one greater than the last it took, so a recorded message 1 opens nothing. To any other it tells the last it took:
// a node whose data directory was copied is outrun by the copy, and goes on above it. Whoever only recorded that message
// 1 cannot read the answer.
struct Freshness {
  uint64_t boot = 0;
  uint64_t count = 0;
  auto operator<=>(const Freshness&) const = default;
};

// The peer's proven identity, and the keys shared with it.
struct Established {
  TransportKeys keys;
  NodeId peer;
  Certificate certificate;
  uint64_t boot = 0;  // the peer's boot counter
};

// The key of the mac at the beginning of message 1. A packet without a valid mac gets no answer. Each type of packet
// has its own key, so that one type cannot pass for another.
Key32 handshake_mac_key(const Key32& secret, PacketType type);

// "tutti/1" and the cluster's public key: two clusters, or two versions, never understand each other by accident.
std::string handshake_prologue(const Key32& cluster_public_key);

// The payload of message 1 is padded to this, so that message 2 is never longer than message 1.
constexpr size_t kMessage1PayloadBytesMin = 240;
constexpr size_t kMessage2PayloadBytesMax = 8 + 2 + kCertificateBytesMax;
// Of a refusal, which names the last pair seen. Less than any message 2 has: neither can pass for the other.
constexpr size_t kRefusalPayloadBytes = 16;
// Longer packets of an unproven peer are dropped unread.
constexpr size_t kHandshakePacketBytesMax = 512;

// The certificate in message 2's payload, checked against the responder's static key.
struct Response {
  Certificate certificate;
  uint64_t boot = 0;
};
Result<Response> read_response(ByteView payload, const Key32& responder_static,
                               const Key32& cluster_public_key, WallTime wall);

// The two handshake messages between members, the same on both channels: Noise with certificates in the
// payloads. The channel wraps them (packet type, mac, indices). Not thread-safe.
class Handshaker {
 public:
  struct Member {
    NodeKeys keys;
    Certificate certificate;  // over `keys`
    Key32 cluster_public_key{};
    Key32 discovery_secret{};
    uint64_t boot_counter = 0;
  };
  // `random` outlives this.
  Handshaker(const Member& member, Random& random);

  const Key32& cluster_public_key() const { return member_.cluster_public_key; }
  // For handshakes to come. REQUIRES that it is over the same keys.
  void set_certificate(const Certificate& certificate);

  // Initiator: appends message 1. Empty: the peer's key is of small order.
  std::optional<HandshakeState> start(const Key32& peer_static, std::string& out);
  // Initiator: reads message 2. `started` is unchanged, so that a forged answer does not spoil the real one.
  Result<Established> finish(const HandshakeState& started, const NodeId& expected, WallTime wall,
                             ByteView message) const;

  // Responder: reads message 1 and checks its certificate. Nothing is answered yet.
  struct Offer {
    HandshakeState state;
    NodeId peer;
    Certificate certificate;
    Freshness freshness;
  };
  Result<Offer> read(WallTime wall, ByteView message) const;
  // Responder: appends message 2. The peer is proven only by its first packet under the keys.
  Result<Established> accept(Offer offer, std::string& out);

  // Responder: appends the answer to a message 1 that is not fresh. An Error where the peer's key is of small order.
  Result<> refuse(Offer offer, const Freshness& seen, std::string& out);
  // Initiator: what the responder saw of this node's key. `started` is unchanged.
  Result<Freshness> read_refusal(const HandshakeState& started, ByteView message) const;
  // Initiator: later first messages are fresher than `seen`. False: they were, or `seen` is beyond belief.
  bool go_above(const Freshness& seen);
  // How far above the boot counter of its start a node goes: ten years, as boot counters follow wall clocks in ms.
  // Members that lie cost it no more, and never the last one.
  static constexpr uint64_t kBootAheadMax = 10ull * 365 * 24 * 3600 * 1000;

  // Between members of which the one does not know yet who the other is: the same two messages, but to a static key
  // that all members derive from the discovery secret. So the initiator's proof is only that it knows this secret.
  std::optional<HandshakeState> start_meeting(std::string& out) { return start(meeting_.public_key, out); }
  Result<Offer> read_meeting(WallTime wall, ByteView message) const;  // of this node itself, too
  // The certificate of whoever listens there.
  Result<Certificate> finish_meeting(const HandshakeState& started, WallTime wall, ByteView message) const;

  // Responder to a joiner, who has no certificate but a token: both messages at once. Returns the joiner's
  // static key and the keys; it is proven by its first packet.
  struct Joining {
    Key32 x25519{};
    TransportKeys keys;
  };
  Result<Joining> accept_joiner(const Key32& token_secret, ByteView message, std::string& out);

 private:
  Key32 draw_ephemeral();
  std::string response_payload() const;
  Result<Offer> read_offer(const KeyPair& own, WallTime wall, ByteView message) const;

  Member member_;
  KeyPair meeting_;
  Random& random_;
  std::string prologue_;
  std::string certificate_bytes_;
  uint64_t started_ = 0;
  uint64_t boot_at_start_;  // member_'s may have gone above it
};

}  // namespace tutti
