#include "protocol/session/datagram_sessions.h"

#include <algorithm>
#include <cstring>

#include "storage/base/bytes.h"
#include "storage/base/check.h"

namespace tutti {

namespace {

// Message 1: type LE32 | cookie mac 16 | mac 16 | sender's index LE32 | Noise. Each mac is over all that is behind it.
constexpr size_t kCookieMacAt = 4;
constexpr size_t kMacAt = 20;
constexpr size_t kMacEnd = 36;
constexpr size_t kNoise1At = 40;
// Message 2: type LE32 | receiver's index LE32 | sender's index LE32 | Noise.
constexpr size_t kNoise2At = 12;
// A refusal: type LE32 | receiver's index LE32 | Noise.
constexpr size_t kOutrunAt = 8;

static_assert(kNoise2At + kNoiseMessage2Overhead + kMessage2PayloadBytesMax <=
                  kNoise1At + kNoiseMessage1Overhead + kMessage1PayloadBytesMin,
              "a stranger must not get more bytes than it sent");
static_assert(kRefusalPayloadBytes < kMessage2PayloadBytesMax && kOutrunAt < kNoise2At, "nor by a refusal");
static_assert(kNoise1At + kNoiseMessage1Overhead + 16 + 2 + kCertificateBytesMax <= kHandshakePacketBytesMax);

Mac128 mac_at(ByteView bytes, size_t at) {
  Mac128 mac;
  std::memcpy(mac.data(), bytes.data() + at, mac.size());
  return mac;
}

}  // namespace

DatagramSessions::DatagramSessions(NoiseContext& context)
    : context_(context),
      mac_key_(handshake_mac_key(context.discovery_secret, PacketType::kDatagramMessage1)),
      cookie_key_(cookie_key(context.discovery_secret)),
      cookies_(context.random) {}

void DatagramSessions::emit(const Address& to, std::string bytes) {
  ++context_.stats.datagrams_out;
  context_.stats.datagram_bytes_out += bytes.size();
  context_.outputs.push(Transport::SendDatagram{to, std::move(bytes)});
}

std::optional<NodeId> DatagramSessions::handle(const Now& now, const Address& from, ByteView bytes) {
  ++context_.stats.datagrams_in;
  context_.stats.datagram_bytes_in += bytes.size();
  if (has_type(bytes, PacketType::kData)) return handle_data(now, from, bytes);
  if (bytes.size() <= kHandshakePacketBytesMax) {
    handle_handshake(now, from, bytes);
  } else {
    ++context_.stats.dropped_unauthenticated;
  }
  return std::nullopt;
}

void DatagramSessions::handle_handshake(const Now& now, const Address& from, ByteView bytes) {
  if (has_type(bytes, PacketType::kDatagramMessage1)) return handle_message1(now, from, bytes);
  if (has_type(bytes, PacketType::kDatagramMessage2)) return handle_message2(now, from, bytes);
  if (has_type(bytes, PacketType::kCookie)) return handle_cookie(now, bytes);
  if (has_type(bytes, PacketType::kDatagramOutrun)) return handle_outrun(now, bytes);
  ++context_.stats.dropped_unauthenticated;
}

bool DatagramSessions::is_overloaded(Instant now) {
  if (now - second_began_ >= std::chrono::seconds(1)) {
    second_began_ = now;
    handshakes_this_second_ = 0;
  }
  return ++handshakes_this_second_ > kHandshakesPerSecondMax;
}

void DatagramSessions::handle_message1(const Now& now, const Address& from, ByteView bytes) {
  TransportStats& stats = context_.stats;
  if (bytes.size() < kNoise1At + kNoiseMessage1Overhead + kMessage1PayloadBytesMin) {
    ++stats.dropped_unauthenticated;
    return;
  }
  const Mac128 mac = mac_at(bytes, kMacAt);
  const Mac128 expected = blake2b_mac128(view_of(mac_key_), bytes.substr(kMacEnd));
  if (!equal_in_constant_time(view_of(mac), view_of(expected))) {
    ++stats.dropped_unauthenticated;
    return;
  }
  const uint32_t remote_index = u32_at(bytes, kMacEnd);
  if (is_overloaded(now.mono) &&
      !cookies_.matches(now.mono, from, bytes.substr(kMacAt), mac_at(bytes, kCookieMacAt))) {
    ++stats.cookies_sent;
    return emit(from, seal_cookie_reply(cookie_key_, remote_index, mac, cookies_.make(now.mono, from),
                                        context_.random));
  }
  auto offer = context_.handshaker.read(now.wall, bytes.substr(kNoise1At));
  if (!offer || context_.revoked.contains(offer->peer)) {
    ++stats.handshakes_refused;
    return;
  }
  auto known = links_.find(offer->peer);
  if (known == links_.end()) {
    if (links_.size() >= NoiseContext::kPeersMax) {
      ++stats.dropped_overloaded;
      return;
    }
    known = links_.try_emplace(offer->peer).first;
  }
  Link& link = known->second;
  if (offer->freshness <= link.seen) {
    ++stats.handshakes_refused;
    if (offer->freshness.boot == link.seen.boot) return;  // a repetition gets no answer
    std::string refusal;
    put_type(refusal, PacketType::kDatagramOutrun);
    put_u32(refusal, remote_index);
    if (context_.handshaker.refuse(std::move(*offer), link.seen, refusal)) emit(from, std::move(refusal));
    return;
  }
  link.seen = offer->freshness;
  link.x25519 = offer->certificate.subject.x25519;

  const uint32_t index = new_index(offer->peer);
  std::string reply;
  put_type(reply, PacketType::kDatagramMessage2);
  put_u32(reply, remote_index);
  put_u32(reply, index);
  const auto established = context_.handshaker.accept(std::move(*offer), reply);
  if (!established) {
    indices_.erase(index);
    ++stats.handshakes_refused;
    return;
  }
  check(reply.size() <= bytes.size(), "an unproven peer gets no more bytes than it sent");
  drop(link.next);
  link.next = std::make_unique<Session>(established->keys, index, remote_index, now.mono);
  link.expires_ms = established->certificate.expires_ms();
  emit(from, std::move(reply));
}

void DatagramSessions::handle_message2(const Now& now, const Address& from, ByteView bytes) {
  const auto refuse = [&] { ++context_.stats.dropped_unauthenticated; };
  if (bytes.size() < kNoise2At + kNoiseMessage2Overhead) return refuse();
  const auto known = indices_.find(u32_at(bytes, 4));
  if (known == indices_.end()) return refuse();
  const NodeId id = known->second;
  Link& link = links_.at(id);
  if (!link.attempt || link.attempt->index != known->first) return refuse();
  const auto established =
      context_.handshaker.finish(*link.attempt->state, id, now.wall, bytes.substr(kNoise2At));
  if (!established) return refuse();
  auto session = std::make_unique<Session>(established->keys, known->first, u32_at(bytes, 8), now.mono);
  link.attempt.reset();  // its index lives on in the session
  retries_.clear(id);
  link.expires_ms = established->certificate.expires_ms();
  link.learned = from;
  make_current(link, std::move(session));
  // The responder sends nothing under the new keys before it has seen that we hold them.
  emit(from, link.current->seal({}));
}

void DatagramSessions::handle_outrun(const Now& now, ByteView bytes) {
  const auto known = bytes.size() > kOutrunAt ? indices_.find(u32_at(bytes, 4)) : indices_.end();
  if (known != indices_.end()) {
    const NodeId id = known->second;
    Link& link = links_.at(id);
    if (link.attempt && link.attempt->index == known->first) {
      const auto seen = context_.handshaker.read_refusal(*link.attempt->state, bytes.substr(kOutrunAt));
      if (seen) {
        // The retry, which goes above it, is due soon; at once a lying peer could keep us busy.
        if (context_.go_above(id, *seen)) retries_.set(id, now.mono + context_.jittered(kRetryFirst));
        return;
      }
    }
  }
  ++context_.stats.dropped_unauthenticated;
}

void DatagramSessions::handle_cookie(const Now& now, ByteView bytes) {
  const auto known = bytes.size() == kCookieReplyBytes ? indices_.find(u32_at(bytes, 4)) : indices_.end();
  if (known != indices_.end()) {
    Link& link = links_.at(known->second);
    if (link.attempt && link.attempt->index == known->first) {
      if (const auto cookie = open_cookie_reply(cookie_key_, link.attempt->mac, bytes)) {
        link.cookie = *cookie;
        link.cookie_until = now.mono + CookieMaker::kSecretLife;
        return;  // the retry, which is due soon, takes it along
      }
    }
  }
  ++context_.stats.dropped_unauthenticated;
}

std::optional<NodeId> DatagramSessions::handle_data(const Now& now, const Address& from, ByteView bytes) {
  TransportStats& stats = context_.stats;
  const auto known =
      bytes.size() >= Session::kOverheadBytes ? indices_.find(u32_at(bytes, 4)) : indices_.end();
  if (known == indices_.end()) {
    ++stats.dropped_unauthenticated;
    return std::nullopt;
  }
  const NodeId id = known->second;
  Link& link = links_.at(id);
  std::unique_ptr<Session>* slot = nullptr;
  for (auto* candidate : {&link.current, &link.next, &link.previous}) {
    if (*candidate && (*candidate)->local_index() == known->first) slot = candidate;
  }
  auto opened = slot && !(*slot)->is_dead(now.mono) ? (*slot)->open(bytes) : std::nullopt;
  if (!opened) {
    ++stats.dropped_unauthenticated;
    return std::nullopt;
  }
  if (now.wall_ms() >= link.expires_ms) {
    ++stats.handshakes_refused;
    drop_sessions(link);
    return std::nullopt;
  }
  if (slot == &link.next) {
    make_current(link, std::move(link.next));
    slot = &link.current;
  }
  bool newest = slot == &link.current && opened->newest;
  // A packet of the previous session does not show that the peer can read the current one. If the current one is also
  // dead, it was a copy's: go back to the session whose other end answers.
  if (slot == &link.previous && is_unanswered(now, link)) {
    std::swap(link.current, link.previous);
    slot = &link.current;
    newest = true;
  }
  if (newest) link.learned = from;
  if (slot == &link.current) link.unanswered_since.reset();
  if (!opened->message.empty()) {
    ++stats.messages_in;
    context_.outputs.push(Transport::Received{id, Transport::Channel::kDatagram, std::move(opened->message)});
  }
  return newest ? std::optional(id) : std::nullopt;
}

void DatagramSessions::make_current(Link& link, std::unique_ptr<Session> session) {
  ++context_.stats.handshakes_done;
  drop(link.previous);
  link.previous = std::move(link.current);
  link.current = std::move(session);
  link.unanswered_since.reset();
}

bool DatagramSessions::is_unanswered(const Now& now, const Link& link) {
  return link.unanswered_since && now.mono - *link.unanswered_since >= kUnansweredMax;
}

bool DatagramSessions::send(const Now& now, const NodeId& to, ByteView message) {
  const auto known = links_.find(to);
  if (known == links_.end() || message.empty() || message.size() > Transport::kDatagramMessageBytesMax)
    return false;
  Link& link = known->second;
  if (link.current && (link.current->is_dead(now.mono) || now.wall_ms() >= link.expires_ms))
    drop_sessions(link);
  if (!link.current || link.current->rekey_due(now.mono) || is_unanswered(now, link)) {
    const bool theirs_in_flight = link.next && now.mono - link.next->born() < kProofPatience;
    if (!link.attempt && !theirs_in_flight) begin_attempt(now, to, link);
  }
  const Address* address = link.learned ? &*link.learned : link.address ? &*link.address : nullptr;
  if (!link.current || !address) return false;
  if (is_unanswered(now, link) && link.attempt && link.attempt->tries >= kTriesBeforeStreams) {
    // The peer may not read this session any more, and a new one takes long: what is said goes by stream meanwhile. The
    // empty packet lets a peer that can read it answer.
    emit(*address, link.current->seal({}));
    return false;
  }
  if (!link.unanswered_since) link.unanswered_since = now.mono;
  ++context_.stats.messages_out;
  emit(*address, link.current->seal(message));
  return true;
}

void DatagramSessions::begin_attempt(const Now& now, const NodeId& id, Link& link) {
  if (!link.learned && !link.address) return;
  link.attempt = Attempt{};
  link.attempt->index = new_index(id);
  send_message1(now, id, link);
}

void DatagramSessions::send_message1(const Now& now, const NodeId& id, Link& link) {
  Attempt& attempt = *link.attempt;
  // Every try is a message of its own: the responder takes none twice.
  std::string noise;
  attempt.state = context_.handshaker.start(link.x25519, noise);
  if (!attempt.state) return end_attempt(id, link);

  std::string behind_mac;
  put_u32(behind_mac, attempt.index);
  behind_mac += noise;
  attempt.mac = blake2b_mac128(view_of(mac_key_), behind_mac);
  std::string behind_cookie_mac(view_of(attempt.mac));
  behind_cookie_mac += behind_mac;
  Mac128 cookie_mac{};
  if (link.cookie_until && now.mono < *link.cookie_until) {
    cookie_mac = blake2b_mac128(view_of(link.cookie), behind_cookie_mac);
  }
  std::string packet;
  put_type(packet, PacketType::kDatagramMessage1);
  packet += view_of(cookie_mac);
  packet += behind_cookie_mac;

  // A peer may have moved: tries the address where it was last heard and its record's address in turn.
  const bool try_learned = link.learned && (attempt.tries % 2 == 0 || !link.address);
  emit(try_learned ? *link.learned : *link.address, std::move(packet));
  ++context_.stats.handshakes_started;
  const Duration delay = std::min(kRetryFirst * (1 << attempt.tries), kRetryLongest);
  ++attempt.tries;
  retries_.set(id, now.mono + context_.jittered(delay));
}

void DatagramSessions::end_attempt(const NodeId& id, Link& link) {
  if (!link.attempt) return;
  indices_.erase(link.attempt->index);
  link.attempt.reset();
  retries_.clear(id);
}

void DatagramSessions::handle_timeout(const Now& now) {
  while (const auto id = retries_.pop_due(now.mono)) {
    Link& link = links_.at(*id);
    if (link.attempt->tries >= kTriesMax) {
      end_attempt(*id, link);
    } else {
      send_message1(now, *id, link);
    }
  }
}

std::optional<Address> DatagramSessions::address_of(const NodeId& id) const {
  const auto known = links_.find(id);
  if (known == links_.end()) return std::nullopt;
  return known->second.learned ? known->second.learned : known->second.address;
}

void DatagramSessions::set_peer(const Transport::Peer& peer) {
  if (!links_.contains(peer.id) && links_.size() >= NoiseContext::kPeersMax) return;
  Link& link = links_[peer.id];
  link.x25519 = peer.x25519;
  if (link.address && *link.address != peer.address) link.learned.reset();
  link.address = peer.address;
}

void DatagramSessions::forget_peer(const NodeId& id) {
  const auto known = links_.find(id);
  if (known == links_.end()) return;
  end_attempt(id, known->second);
  drop_sessions(known->second);
  links_.erase(known);
}

void DatagramSessions::drop(std::unique_ptr<Session>& session) {
  if (session) indices_.erase(session->local_index());
  session.reset();
}

void DatagramSessions::drop_sessions(Link& link) {
  drop(link.current);
  drop(link.previous);
  drop(link.next);
  link.unanswered_since.reset();
}

uint32_t DatagramSessions::new_index(const NodeId& id) {
  for (;;) {
    const auto index = static_cast<uint32_t>(context_.random.u64());
    if (indices_.try_emplace(index, id).second) return index;
  }
}

}  // namespace tutti
