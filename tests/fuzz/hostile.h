#pragma once

#include <string>

#include "protocol/session/handshake.h"
#include "storage/base/bytes.h"
#include "storage/crypto/blake2b.h"
#include "tests/fuzz/fuzz.h"
#include "tests/protocol/session/memory_network.h"

namespace tutti::fuzz {

// Packets of an attacker who holds a secret of the cluster, down to the payload of a handshake. Without the secret, no
// packet gets past the mac.
struct Insider {
  NodeKeys keys;
  Key32 cluster_public_key{};
  Key32 psk{};

  KeyPair pair() const { return {keys.x25519_secret, keys.x25519_public}; }

  // Noise's message 1 with any payload. The state it leaves reads message 2.
  HandshakeState begin(const Key32& peer_static, ByteView payload, std::string& noise) const {
    auto state = HandshakeState::initiator(handshake_prologue(cluster_public_key), pair(), peer_static, psk);
    Key32 ephemeral;
    ephemeral.fill(9);
    check(state.write_message(ephemeral, payload, noise).has_value(), "a key of ours is fit");
    return state;
  }
  // Noise's message 2 with any payload, as the answer to a message 1; empty: that is no message 1.
  std::string answer(ByteView noise1, ByteView payload, TransportKeys& keys_out) const {
    auto state = HandshakeState::responder(handshake_prologue(cluster_public_key), pair(), psk);
    std::string noise2;
    Key32 ephemeral;
    ephemeral.fill(8);
    if (!state.read_message(noise1) || !state.write_message(ephemeral, payload, noise2)) return {};
    keys_out = state.split();
    return noise2;
  }
};

inline std::string mac_over(const Key32& secret, PacketType type, ByteView bytes) {
  return std::string(view_of(blake2b_mac128(view_of(handshake_mac_key(secret, type)), bytes)));
}

// Packets below are laid out as WIRE.md, "Handshake", says.
inline std::string datagram_message1(const Key32& discovery_secret, ByteView noise) {
  std::string behind;
  put_u32(behind, 0x77777777);
  behind += noise;
  std::string packet;
  put_type(packet, PacketType::kDatagramMessage1);
  packet.append(16, '\0');  // no cookie
  return packet + mac_over(discovery_secret, PacketType::kDatagramMessage1, behind) + behind;
}
inline std::string frame(ByteView body) {
  std::string out;
  put_u8(out, static_cast<uint8_t>(body.size()));
  put_u8(out, static_cast<uint8_t>(body.size() >> 8));
  return out.append(body);
}
inline std::string stream_message1(const Key32& discovery_secret, ByteView noise,
                                   PacketType type = PacketType::kStreamMessage1) {
  std::string body;
  put_type(body, type);
  return frame(body + mac_over(discovery_secret, type, noise) + std::string(noise));
}
inline std::string join_message1(const TokenTerms& terms, const Key32& secret, ByteView noise) {
  std::string body;
  put_type(body, PacketType::kJoinMessage1);
  body += view_of(terms.id);
  put_u64(body, terms.expires_ms);
  put_u8(body, terms.roles);
  return frame(body + mac_over(secret, PacketType::kJoinMessage1, noise) + std::string(noise));
}

// A handshake's first payload: any bytes, behind a good beginning of this boot; 0: behind none.
inline std::string payload1(const Certificate& certificate, uint64_t boot, ByteView bytes) {
  std::string payload;
  if (boot != 0) {
    put_u64(payload, boot);
    put_u64(payload, 1);
    put_bytes(payload, encode_certificate(certificate));
  }
  payload += bytes.substr(0, 120);
  payload.resize(std::max(payload.size(), kMessage1PayloadBytesMin));
  return payload;
}

}  // namespace tutti::fuzz
