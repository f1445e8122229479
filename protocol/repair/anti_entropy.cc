#include "protocol/repair/anti_entropy.h"

#include <algorithm>

namespace tutti {
namespace {

// Clocks go to one peer at most this often, however often probes differ under load.
constexpr Duration kClockEvery = std::chrono::milliseconds(500);

// A pull is answered only while fewer bytes than this wait for the kernel.
constexpr size_t kBacklogBytesMax = 4u << 20;

}  // namespace

void AntiEntropy::stream_up(const Now& now, const NodeId& peer) {
  Peer& p = peers_[peer];
  p.connected = true;
  p.below_floor = false;
  send_clock(now, peer, p, true);
}

void AntiEntropy::stream_down(const Now& now, const NodeId& peer) {
  peers_.erase(peer);
  ahead_.erase(peer);
  due_.clear(peer);
  if (pull_ && pull_->peer == peer) {
    pull_.reset();
    pull_next(now);
  }
}

void AntiEntropy::forget(const NodeId& peer) {
  if (gave_none_ == peer) gave_none_.reset();
}

bool AntiEntropy::probed(const Now& now, const NodeId& peer, const Hash128& clock_hash) {
  Peer& p = peers_[peer];
  if (clock_hash == database_.clock_hash()) {
    p.differs_since.reset();
    if (p.clock != database_.clock()) holds(peer, p, database_.clock());
    return true;
  }
  if (!p.differs_since) p.differs_since = now.mono;
  const bool long_enough = now.mono - *p.differs_since >= options_.clock_grace;
  const bool not_just_now = !p.clock_sent || now.mono - *p.clock_sent >= kClockEvery;
  if (long_enough && not_just_now) send_clock(now, peer, p, true);
  return false;
}

void AntiEntropy::send_clock(const Now& now, const NodeId& id, Peer& peer, bool wants_answer) {
  peer.clock_sent = now.mono;
  const ClockMessage message{bases_.tell(id, database_.clock()), wants_answer};
  // Not before the base that it names.
  if (message.clock.base != 0) {
    messenger_.send_stream(now, id, message);
  } else {
    messenger_.send_small(now, id, message);
  }
}

void AntiEntropy::holds(const NodeId& id, Peer& peer, VersionVector clock) {
  peer.clock = std::move(clock);
  peer.clock.share(database_.clock());
  if (lacks(peer)) {
    ahead_.insert(id);
  } else {
    ahead_.erase(id);
  }
}

void AntiEntropy::told(const Now& now, const NodeId& peer, VersionVector clock, bool wants_answer) {
  Peer& p = peers_[peer];
  const bool first = p.clock.empty();
  holds(peer, p, std::move(clock));
  if (wants_answer) send_clock(now, peer, p, false);
  if (!lacks(p)) return;
  // The first clock after a connect names operations that no push will bring.
  if (!due_.has(peer)) due_.set(peer, first ? now.mono : now.mono + options_.clock_grace);
  pull_next(now);
}

bool AntiEntropy::asked(const Now& now, const NodeId& peer, uint64_t id, const VersionVector& clock) {
  Peer& p = peers_[peer];
  if (!p.clock.covers(clock)) {
    VersionVector both = p.clock;
    both.join(clock);
    holds(peer, p, std::move(both));
  }
  OperationsMessage answer{id, OperationsMessage::Status::kDone, hash_.of(clock).low, {}};
  // The operations may still be on their way: a large one takes longer than the peer's pull_timeout. Encoding it anew
  // for every repeated pull would starve the loop, and so the session.
  if (messenger_.transport().stream_backlog_bytes(peer) > kBacklogBytesMax) {
    answer.status = OperationsMessage::Status::kBusy;
    messenger_.send_stream(now, peer, answer);
    return false;
  }
  std::string batch;
  auto chunk = database_.read_log(clock, options_.chunk_bytes);
  if (chunk) {
    encode_operations(clock, chunk->operations, batch);
    answer.batch = batch;
    if (chunk->more) answer.status = OperationsMessage::Status::kMore;
  } else {
    answer.status = chunk.error().code == ErrorCode::kRefused ? OperationsMessage::Status::kBelowFloor
                                                              : OperationsMessage::Status::kBusy;
  }
  // By stream, so that it comes after earlier pushes and before later ones.
  if (messenger_.send_stream(now, peer, answer)) return answer.status == OperationsMessage::Status::kDone;
  // Without a stream: the answer if it fits one datagram, else kBusy.
  if (!messenger_.send_small(now, peer, answer)) {
    messenger_.send_small(now, peer, OperationsMessage{id, OperationsMessage::Status::kBusy, 0, {}});
  }
  return false;
}

void AntiEntropy::pulled(const Now& now, const NodeId& peer, const OperationsMessage& message) {
  if (!pull_ || pull_->peer != peer || pull_->id != message.id) {
    // A late answer: another peer was asked since. But kBelowFloor still holds. If it were ignored, a round trip
    // longer than pull_timeout would never lead to a transfer.
    if (message.status == OperationsMessage::Status::kBelowFloor) peers_[peer].below_floor = true;
    return;
  }
  pull_.reset();
  Peer& p = peers_[peer];
  switch (message.status) {
    case OperationsMessage::Status::kMore:
      if (!paused_) pull_from(now, peer);
      return;
    case OperationsMessage::Status::kDone:
      due_.clear(peer);
      p.below_floor = false;
      // It has sent all it holds. Its clock may still name operations that we lack; it counts again when it is sent
      // again.
      if (lacks(p)) holds(peer, p, {});
      break;
    case OperationsMessage::Status::kBelowFloor: p.below_floor = true; break;
    case OperationsMessage::Status::kBusy: due_.set(peer, now.mono + kClockEvery); break;
  }
  pull_next(now);
}

const VersionVector* AntiEntropy::asked_after(uint64_t name) const {
  const auto asked = std::ranges::find(asked_, name, &ClockBases::Base::name);
  return asked == asked_.end() ? nullptr : &asked->clock;
}

void AntiEntropy::missing(const Now& now, const NodeId& peer) {
  if (pull_ || paused_) return;
  if (peers_[peer].below_floor) return;
  pull_from(now, peer);
}

void AntiEntropy::pull_from(const Now& now, const NodeId& peer) {
  const uint64_t id = ++last_id_;
  asked_.at(id % asked_.size()) = {database_.clock_hash().low, database_.clock()};
  const PullMessage message{id, bases_.tell(peer, database_.clock())};
  const bool sent = messenger_.transport().has_stream(peer) ? messenger_.send_stream(now, peer, message)
                                                            : messenger_.send_small(now, peer, message);
  if (!sent) {
    due_.set(peer, now.mono + kClockEvery);
    return;
  }
  ++pulls_;
  pull_ = Pull{peer, id, now.mono + options_.pull_timeout};
}

void AntiEntropy::pull_next(const Now& now) {
  if (pull_ || paused_) return;
  while (const auto id = due_.pop_due(now.mono)) {
    const Peer& peer = peers_[*id];
    if (peer.below_floor || !lacks(peer)) continue;
    pull_from(now, *id);
    if (pull_) return;
  }
}

void AntiEntropy::resume(const Now& now) {
  paused_ = false;
  for (auto& [id, peer] : peers_) {
    peer.below_floor = false;
    if (lacks(peer)) due_.set(id, now.mono);
  }
  pull_next(now);
}

std::optional<NodeId> AntiEntropy::wants_transfer() {
  if (pull_ || paused_) return std::nullopt;
  std::optional<NodeId> source;
  for (auto id = ahead_.begin(); id != ahead_.end();) {
    const Peer& peer = peers_.at(*id);
    if (!lacks(peer)) {
      id = ahead_.erase(id);
      continue;
    }
    if (peer.connected) {
      if (!peer.below_floor) return std::nullopt;  // one is left to ask
      if (!source || source == gave_none_) source = *id;
    }
    ++id;
  }
  return source;
}

void AntiEntropy::transfer_failed(const NodeId& peer) {
  gave_none_ = peer;
  const auto at = peers_.find(peer);
  if (at == peers_.end()) return;
  // Until it sends its clock again, it counts as having nothing for us.
  holds(peer, at->second, {});
  at->second.differs_since.reset();
}

void AntiEntropy::announce(const Now& now, const NodeId& except) {
  for (auto& [id, peer] : peers_) {
    const bool just_now = peer.clock_sent && now.mono - *peer.clock_sent < kClockEvery;
    if (id != except && !just_now && peer.connected) send_clock(now, id, peer, false);
  }
}

void AntiEntropy::log_needed(const Now& now, VersionVector& held) const {
  const auto gone = [&](const NodeId& id) {
    return membership_.unreachable(id) && membership_.silence(now, id) >= kSilenceBeforeCut;
  };
  for (const auto& [id, peer] : peers_) {
    if (peer.connected && !peer.clock.covers(held) && !gone(id)) held.meet(peer.clock);
  }
}

void AntiEntropy::metrics(const MetricSink& sink) const { sink("replication", "pulls", pulls_); }

void AntiEntropy::handle_timeout(const Now& now) {
  if (pull_ && now.mono >= pull_->deadline) {
    due_.set(pull_->peer, now.mono + kClockEvery);
    pull_.reset();
  }
  pull_next(now);
}

std::optional<Instant> AntiEntropy::next_deadline() const {
  if (pull_) return pull_->deadline;
  return paused_ ? std::nullopt : due_.next();
}

}  // namespace tutti
