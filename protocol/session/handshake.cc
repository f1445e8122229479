#include "protocol/session/handshake.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/crypto/hash.h"
#include "storage/crypto/x25519.h"

namespace tutti {

Key32 handshake_mac_key(const Key32& secret, PacketType type) {
  std::string bytes = "tutti mac";
  put_type(bytes, type);
  return blake2b_256(bytes, view_of(secret));
}

std::string handshake_prologue(const Key32& cluster_public_key) {
  return "tutti/1" + std::string(view_of(cluster_public_key));
}

namespace {

// All members know both halves.
KeyPair meeting_keys(const Key32& discovery_secret) {
  const Key32 secret = blake2b_256("tutti meet", view_of(discovery_secret));
  return {secret, x25519_public_of(secret)};
}

// A certificate that is well formed and good now.
Result<Certificate> read_any_certificate(ByteView bytes, const Key32& cluster_public_key, WallTime wall) {
  auto certificate = decode_certificate(bytes);
  if (!certificate) return certificate;
  if (auto good = certificate->verify(cluster_public_key, wall); !good) return std::unexpected(good.error());
  return certificate;
}

// A certificate that is well formed, good now, and over the key that the handshake has proven.
Result<Certificate> read_certificate(ByteView bytes, const Key32& proven_static,
                                     const Key32& cluster_public_key, WallTime wall) {
  auto certificate = read_any_certificate(bytes, cluster_public_key, wall);
  if (certificate && certificate->subject.x25519 != proven_static) {
    return error(ErrorCode::kRefused, "A peer showed a certificate over another node's key.");
  }
  return certificate;
}

}  // namespace

Result<Response> read_response(ByteView payload, const Key32& responder_static,
                               const Key32& cluster_public_key, WallTime wall) {
  ByteReader in(payload);
  const uint64_t boot = in.u64();
  const ByteView bytes = in.bytes();
  if (!in.done()) return error(ErrorCode::kMalformed, "The second handshake message is not well formed.");
  auto certificate = read_certificate(bytes, responder_static, cluster_public_key, wall);
  if (!certificate) return std::unexpected(certificate.error());
  return Response{std::move(*certificate), boot};
}

Handshaker::Handshaker(const Member& member, Random& random)
    : member_(member),
      meeting_(meeting_keys(member.discovery_secret)),
      random_(random),
      prologue_(handshake_prologue(member.cluster_public_key)),
      boot_at_start_(member.boot_counter) {
  set_certificate(member.certificate);
}

void Handshaker::set_certificate(const Certificate& certificate) {
  check(certificate.id() == member_.keys.id(), "a node's certificate is over its own keys");
  member_.certificate = certificate;
  certificate_bytes_ = encode_certificate(certificate);
}

Key32 Handshaker::draw_ephemeral() {
  Key32 secret;
  random_.fill(secret);
  return secret;
}

std::optional<HandshakeState> Handshaker::start(const Key32& peer_static, std::string& out) {
  auto state = HandshakeState::initiator(prologue_, {member_.keys.x25519_secret, member_.keys.x25519_public},
                                         peer_static, member_.discovery_secret);
  std::string payload;
  put_u64(payload, member_.boot_counter);
  put_u64(payload, ++started_);
  put_bytes(payload, certificate_bytes_);
  payload.resize(std::max(payload.size(), kMessage1PayloadBytesMin));
  if (!state.write_message(draw_ephemeral(), payload, out)) return std::nullopt;
  return state;
}

Result<Established> Handshaker::finish(const HandshakeState& started, const NodeId& expected, WallTime wall,
                                       ByteView message) const {
  HandshakeState state = started;
  const auto payload = state.read_message(message);
  if (!payload) return std::unexpected(payload.error());
  auto response = read_response(*payload, state.remote_static(), member_.cluster_public_key, wall);
  if (!response) return std::unexpected(response.error());
  if (response->certificate.id() != expected) {
    return error(ErrorCode::kRefused, "Another node than the one dialled answered.");
  }
  return Established{state.split(), expected, std::move(response->certificate), response->boot};
}

Result<Handshaker::Offer> Handshaker::read(WallTime wall, ByteView message) const {
  auto offer = read_offer({member_.keys.x25519_secret, member_.keys.x25519_public}, wall, message);
  if (offer && offer->peer == member_.keys.id()) {
    return error(ErrorCode::kRefused,
                 "A peer has this node's own keys: it was copied, or it is this node itself.");
  }
  return offer;
}

Result<Handshaker::Offer> Handshaker::read_meeting(WallTime wall, ByteView message) const {
  return read_offer(meeting_, wall, message);
}

Result<Certificate> Handshaker::finish_meeting(const HandshakeState& started, WallTime wall,
                                               ByteView message) const {
  HandshakeState state = started;
  const auto payload = state.read_message(message);
  if (!payload) return std::unexpected(payload.error());
  ByteReader in(*payload);
  in.u64();  // its boot counter
  const ByteView bytes = in.bytes();
  if (!in.done()) return error(ErrorCode::kMalformed, "The second handshake message is not well formed.");
  return read_any_certificate(bytes, member_.cluster_public_key, wall);
}

Result<Handshaker::Offer> Handshaker::read_offer(const KeyPair& own, WallTime wall, ByteView message) const {
  auto state = HandshakeState::responder(prologue_, own, member_.discovery_secret);
  const auto payload = state.read_message(message);
  if (!payload) return std::unexpected(payload.error());
  ByteReader in(*payload);
  Freshness freshness;
  freshness.boot = in.u64();
  freshness.count = in.u64();
  const ByteView bytes = in.bytes();
  if (!in.ok()) return error(ErrorCode::kMalformed, "The first handshake message is not well formed.");
  auto certificate = read_certificate(bytes, state.remote_static(), member_.cluster_public_key, wall);
  if (!certificate) return std::unexpected(certificate.error());
  const NodeId peer = certificate->id();
  return Offer{state, peer, std::move(*certificate), freshness};
}

std::string Handshaker::response_payload() const {
  std::string payload;
  put_u64(payload, member_.boot_counter);
  put_bytes(payload, certificate_bytes_);
  return payload;
}

Result<Established> Handshaker::accept(Offer offer, std::string& out) {
  if (auto ok = offer.state.write_message(draw_ephemeral(), response_payload(), out); !ok) {
    return std::unexpected(ok.error());
  }
  return Established{offer.state.split(), offer.peer, std::move(offer.certificate), offer.freshness.boot};
}

Result<> Handshaker::refuse(Offer offer, const Freshness& seen, std::string& out) {
  std::string payload;
  put_u64(payload, seen.boot);
  put_u64(payload, seen.count);
  return offer.state.write_message(draw_ephemeral(), payload, out);
}

Result<Freshness> Handshaker::read_refusal(const HandshakeState& started, ByteView message) const {
  HandshakeState state = started;
  const auto payload = state.read_message(message);
  if (!payload) return std::unexpected(payload.error());
  ByteReader in(*payload);
  Freshness seen;
  seen.boot = in.u64();
  seen.count = in.u64();
  if (!in.done()) return error(ErrorCode::kMalformed, "A refusal of a handshake is not well formed.");
  return seen;
}

bool Handshaker::go_above(const Freshness& seen) {
  if (seen <= Freshness{member_.boot_counter, started_}) return false;
  if (seen.boot - boot_at_start_ > kBootAheadMax) return false;
  member_.boot_counter = seen.boot + 1;
  started_ = 0;
  return true;
}

Result<Handshaker::Joining> Handshaker::accept_joiner(const Key32& token_secret, ByteView message,
                                                      std::string& out) {
  auto state = HandshakeState::responder(prologue_, {member_.keys.x25519_secret, member_.keys.x25519_public},
                                         token_secret);
  if (const auto payload = state.read_message(message); !payload) return std::unexpected(payload.error());
  if (auto ok = state.write_message(draw_ephemeral(), response_payload(), out); !ok) {
    return std::unexpected(ok.error());
  }
  return Joining{state.remote_static(), state.split()};
}

}  // namespace tutti
