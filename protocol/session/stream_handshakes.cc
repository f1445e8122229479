#include <algorithm>

#include "protocol/session/stream_sessions.h"
#include "storage/base/bytes.h"
#include "storage/base/check.h"

// The two messages that open a stream, between members and from a joiner.

namespace tutti {

namespace {

// Message 1 between members: type LE32 | mac 16 | Noise; the mac is over what is behind it.
constexpr size_t kNoiseAt = 20;
static_assert(4 + kNoiseMessage2Overhead + kMessage2PayloadBytesMax <=
              kNoiseAt + kNoiseMessage1Overhead + kMessage1PayloadBytesMin);

bool is_message1(const Key32& mac_key, ByteView frame) {
  if (frame.size() < kNoiseAt + kNoiseMessage1Overhead + kMessage1PayloadBytesMin) return false;
  const Mac128 expected = blake2b_mac128(view_of(mac_key), frame.substr(kNoiseAt));
  return equal_in_constant_time(view_of(expected), frame.substr(4, 16));
}

}  // namespace

bool StreamSessions::handle_message1(const Now& now, StreamId id, Stream& stream, ByteView frame) {
  TransportStats& stats = context_.stats;
  if (!is_message1(mac_key_, frame)) return refuse(now, id, stats.dropped_unauthenticated);
  auto offer = context_.handshaker.read(now.wall, frame.substr(kNoiseAt));
  if (!offer || context_.revoked.contains(offer->peer)) return refuse(now, id, stats.handshakes_refused);
  if (!links_.contains(offer->peer) && links_.size() >= NoiseContext::kPeersMax) {
    return refuse(now, id, stats.dropped_overloaded);
  }
  Link& link = links_[offer->peer];
  if (offer->freshness <= link.seen) {
    if (offer->freshness.boot == link.seen.boot) return refuse(now, id, stats.handshakes_refused);
    ++stats.handshakes_refused;
    std::string refusal;
    put_type(refusal, PacketType::kStreamOutrun);
    if (context_.handshaker.refuse(std::move(*offer), link.seen, refusal)) {
      emit_frame(id, stream, refusal);
      enter(now, id, stream, Phase::kFarewell, kFarewellPatience);
      return true;
    }
    close(now, id);
    return false;
  }
  link.seen = offer->freshness;

  std::string reply;
  put_type(reply, PacketType::kStreamMessage2);
  const auto established = context_.handshaker.accept(std::move(*offer), reply);
  if (!established) return refuse(now, id, stats.handshakes_refused);
  check(reply.size() <= frame.size(), "an unproven peer gets no more bytes than it sent");
  stream.peer = established->peer;
  stream.boot = established->boot;
  stream.expires_ms = established->certificate.expires_ms();
  stream.session.emplace(established->keys);
  emit_frame(id, stream, reply);
  enter(now, id, stream, Phase::kAwaitProof, kHandshakePatience);
  return true;
}

// Whoever asks gets message 2, and nothing more: its certificate says who listens here. A repetition gets one, too: only
// who made message 1 can read it, and a node that others have outrun must be able to ask.
bool StreamSessions::handle_meet_message1(const Now& now, StreamId id, Stream& stream, ByteView frame) {
  TransportStats& stats = context_.stats;
  if (!is_message1(meet_mac_key_, frame)) return refuse(now, id, stats.dropped_unauthenticated);
  auto offer = context_.handshaker.read_meeting(now.wall, frame.substr(kNoiseAt));
  if (!offer || context_.revoked.contains(offer->peer)) return refuse(now, id, stats.handshakes_refused);
  std::string reply;
  put_type(reply, PacketType::kMeetMessage2);
  if (!context_.handshaker.accept(std::move(*offer), reply)) return refuse(now, id, stats.handshakes_refused);
  check(reply.size() <= frame.size(), "an unproven peer gets no more bytes than it sent");
  emit_frame(id, stream, reply);
  enter(now, id, stream, Phase::kFarewell, kFarewellPatience);
  return true;
}

// In any case the stream has served its turn: its end tells (forget_stream).
bool StreamSessions::handle_meet_message2(const Now& now, StreamId id, Stream& stream, ByteView frame) {
  if (has_type(frame, PacketType::kMeetMessage2)) {
    const auto certificate = context_.handshaker.finish_meeting(*stream.started, now.wall, frame.substr(4));
    if (certificate) {
      stream.greeted->who = Transport::Greeted::Who::kMember;
      stream.greeted->id = certificate->id();
      stream.greeted->x25519 = certificate->subject.x25519;
    }
  }
  close(now, id);
  return false;
}

// type LE32 | token id 16 | expiry LE64 | roles | mac 16 | Noise; the mac is over what is behind it.
bool StreamSessions::handle_join_message1(const Now& now, StreamId id, Stream& stream, ByteView frame) {
  TransportStats& stats = context_.stats;
  constexpr size_t kMacAt = 4 + 16 + 8 + 1;
  constexpr size_t kJoinNoiseAt = kMacAt + 16;
  static_assert(4 + kNoiseMessage2Overhead + kMessage2PayloadBytesMax <=
                kJoinNoiseAt + kNoiseMessage1Overhead + kMessage1PayloadBytesMin);
  if (!cluster_seed_ || frame.size() < kJoinNoiseAt + kNoiseMessage1Overhead + kMessage1PayloadBytesMin) {
    return refuse(now, id, stats.dropped_unauthenticated);
  }
  ByteReader clear(frame.substr(4));
  const ByteView token = clear.raw(stream.terms.id.size());
  std::copy(token.begin(), token.end(), reinterpret_cast<char*>(stream.terms.id.data()));
  stream.terms.expires_ms = clear.u64();
  stream.terms.roles = clear.u8();
  const Key32 secret = token_secret(*cluster_seed_, stream.terms);
  const Key32 mac_key = handshake_mac_key(secret, PacketType::kJoinMessage1);
  const Mac128 expected = blake2b_mac128(view_of(mac_key), frame.substr(kJoinNoiseAt));
  if (!equal_in_constant_time(view_of(expected), frame.substr(kMacAt, 16))) {
    return refuse(now, id, stats.dropped_unauthenticated);
  }
  std::string reply;
  put_type(reply, PacketType::kJoinMessage2);
  const auto joining = context_.handshaker.accept_joiner(secret, frame.substr(kJoinNoiseAt), reply);
  if (!joining) return refuse(now, id, stats.dropped_unauthenticated);
  check(reply.size() <= frame.size(), "an unproven peer gets no more bytes than it sent");
  stream.join_x25519 = joining->x25519;
  stream.session.emplace(joining->keys);
  emit_frame(id, stream, reply);
  enter(now, id, stream, Phase::kAwaitRequest, kHandshakePatience);
  return true;
}

bool StreamSessions::handle_message2(const Now& now, StreamId id, Stream& stream, ByteView frame) {
  const auto established =
      context_.handshaker.finish(*stream.started, stream.peer, now.wall, frame.substr(4));
  if (!established) return refuse(now, id, context_.stats.handshakes_refused);
  stream.started.reset();
  stream.boot = established->boot;
  stream.expires_ms = established->certificate.expires_ms();
  stream.session.emplace(established->keys);
  if (!establish(now, id, stream)) return false;
  emit_message(id, stream, {});  // the proof that we hold the keys
  return true;
}

bool StreamSessions::handle_outrun(const Now& now, StreamId id, Stream& stream, ByteView frame) {
  const auto seen = context_.handshaker.read_refusal(*stream.started, frame.substr(4));
  if (!seen) return refuse(now, id, context_.stats.dropped_unauthenticated);
  const NodeId peer = stream.peer;
  if (context_.go_above(peer, *seen)) links_.at(peer).backoff = kRedialFirst;
  close(now, id);  // and dials anew, soon
  return false;
}

// --- joins ---

bool StreamSessions::handle_join_request(const Now& now, StreamId id, Stream& stream) {
  std::string bytes = std::exchange(stream.message, {});
  const auto request = decode_join_request(bytes);
  // The request must name the token and the key that the joiner has proven.
  if (!request || request->terms != stream.terms || request->x25519 != stream.join_x25519) {
    return refuse(now, id, context_.stats.handshakes_refused);
  }
  enter(now, id, stream, Phase::kAwaitDecision, kDecisionPatience);
  if (now.wall_ms() >= stream.terms.expires_ms) {
    JoinAnswer no;
    no.refusal = "This join token expired " +
                 std::to_string((now.wall_ms() - stream.terms.expires_ms) / 1000) +
                 " s ago by the cluster's clock. Make a new one with `tutti invite` on the node that holds "
                 "the cluster key.";
    answer_join(now, id, encode_join_answer(no));
    return true;
  }
  ++context_.stats.joins_requested;
  context_.outputs.push(Transport::JoinRequested{id, std::move(bytes)});
  return true;
}

void StreamSessions::answer_join(const Now& now, StreamId id, ByteView answer) {
  check(answer.size() <= Transport::kStreamMessageBytesMax, "a join answer fits a stream message");
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.phase != Phase::kAwaitDecision) return;  // the joiner has gone
  emit_message(id, found->second, answer);
  enter(now, id, found->second, Phase::kFarewell, kFarewellPatience);
}

}  // namespace tutti
