#include <algorithm>
#include <vector>

#include "protocol/session/stream_sessions.h"

// Decides which side dials, when to dial again, and which of two streams stays.

namespace tutti {

bool StreamSessions::dials_first(const NodeId& peer) const {
  return dials_at_once_ || context_.own_id < peer;
}

bool StreamSessions::dialled_by_smaller(const Stream& stream) const {
  return stream.dialled == (context_.own_id < stream.peer);
}

void StreamSessions::plan_dial(const Now& now, const NodeId& peer, Link& link) {
  if (!link.record || !link.record->keep_stream || link.up || link.dialing) return;
  Duration delay = context_.jittered(link.backoff);
  link.backoff = std::min(2 * link.backoff, kRedialLongest);
  if (!dials_first(peer)) delay = std::max(delay, kGreaterIdWaits);
  dials_.set(peer, now.mono + delay);
}

void StreamSessions::dial(const Now& now, const NodeId& peer) {
  Link& link = links_.at(peer);
  if (link.up || link.dialing) return;
  const StreamId id{++last_stream_};
  Stream& stream =
      streams_.emplace(id, Stream{Phase::kDialing, true, link.record->address, now.mono}).first->second;
  stream.peer = peer;
  link.dialing = id;
  enter(now, id, stream, Phase::kDialing, kDialPatience);
  ++context_.stats.dials;
  context_.outputs.push(Transport::OpenStream{id, link.record->address});
}

void StreamSessions::greet(const Now& now, const Address& at) {
  const StreamId id{++last_stream_};
  Stream& stream = streams_.emplace(id, Stream{Phase::kDialing, true, at, now.mono}).first->second;
  stream.greeted = Transport::Greeted{.at = at};
  enter(now, id, stream, Phase::kDialing, kDialPatience);
  ++context_.stats.dials;
  context_.outputs.push(Transport::OpenStream{id, at});
}

void StreamSessions::set_peer(const Now& now, const Transport::Peer& peer) {
  if (!links_.contains(peer.id) && links_.size() >= NoiseContext::kPeersMax) return;
  Link& link = links_[peer.id];
  const bool moved = link.record && link.record->address != peer.address;
  link.record = peer;
  if (!peer.keep_stream) {
    // A stream that the peer dialled is the peer's to close.
    dials_.clear(peer.id);
    const auto open = link.up ? link.up : link.dialing;
    if (open && streams_.at(*open).dialled) close(now, *open);
    return;
  }
  if (link.up) return;
  if (moved) {
    link.backoff = kRedialFirst;
    if (link.dialing) return close(now, *link.dialing);  // and dials anew, soon
  }
  if (link.dialing || (dials_.has(peer.id) && !moved)) return;
  if (dials_first(peer.id)) {
    dials_.clear(peer.id);
    return dial(now, peer.id);
  }
  dials_.set(peer.id, now.mono + kGreaterIdWaits);
}

// A peer that moved does not hear the stream any more, and TCP takes long to notice: what is sent would wait for it.
void StreamSessions::heard_at(const Now& now, const NodeId& peer, const Address& from) {
  const auto known = links_.find(peer);
  if (known == links_.end() || !known->second.up) return;
  Stream& stream = streams_.at(*known->second.up);
  if (!stream.datagrams_from) stream.datagrams_from = from;
  if (*stream.datagrams_from == from || now.mono - stream.heard < kSilentWhereMoved) return;
  close(now, *known->second.up);  // and dials anew, soon
}

void StreamSessions::forget_peer(const Now& now, const NodeId& id) {
  const auto known = links_.find(id);
  if (known == links_.end()) return;
  known->second.record.reset();  // so that nothing is dialled again
  dials_.clear(id);
  std::vector<StreamId> streams;
  for (const auto& [stream_id, stream] : streams_) {
    if (stream.peer == id) streams.push_back(stream_id);
  }
  std::sort(streams.begin(), streams.end());
  for (const StreamId stream : streams) close(now, stream);
  links_.erase(id);
}

void StreamSessions::handle_timeout(const Now& now) {
  while (const auto id = patience_.pop_due(now.mono)) close(now, *id);
  while (const auto peer = dials_.pop_due(now.mono)) dial(now, *peer);
}

std::optional<Instant> StreamSessions::next_deadline() const {
  const auto patience = patience_.next();
  const auto dials = dials_.next();
  return patience && dials ? std::min(*patience, *dials) : patience ? patience : dials;
}

// --- of two streams, one stays ---

bool StreamSessions::keeps(const Now& now, const Stream& old, const Stream& fresh) const {
  if (fresh.boot > old.boot) return false;  // the peer was started anew and knows nothing of the old one
  if (now.mono - old.since > kSimultaneous) return false;
  if (old.dialled == fresh.dialled) return false;  // the side that dialled both gave up the old one
  return dialled_by_smaller(old);
}

bool StreamSessions::establish(const Now& now, StreamId id, Stream& stream) {
  Link& link = links_.at(stream.peer);
  if (link.dialing == id) link.dialing.reset();
  if (link.up) {
    const StreamId old = *link.up;
    const bool old_stays = keeps(now, streams_.at(old), stream);
    close(now, old_stays ? id : old);
    if (old_stays) return false;
  }
  // If our dial has only sent message 1, the peer keeps nothing of it: close it without a word.
  link.up = id;
  if (link.dialing) {
    const StreamId ours = *link.dialing;
    link.dialing.reset();
    close(now, ours);
  }
  dials_.clear(stream.peer);
  patience_.clear(id);
  stream.phase = Phase::kUp;
  stream.since = now.mono;
  ++context_.stats.handshakes_done;
  ++context_.stats.streams_up;
  context_.outputs.push(Transport::StreamUp{stream.peer, stream.at});
  return true;
}

}  // namespace tutti
