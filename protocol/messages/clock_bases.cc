#include "protocol/messages/clock_bases.h"

#include <algorithm>
#include <utility>

namespace tutti {
namespace {

// With many writers at once a base would be old at once.
constexpr Duration kBaseEvery = std::chrono::milliseconds(100);

const ClockBases::Base kNothing;

ToldClock differences_from(const ClockBases::Base& base, const VersionVector& clock) {
  ToldClock told;
  told.base = base.name;
  VersionVector::differences(base.clock, clock, [&](ActorId actor, Counter, Counter counter) {
    told.entries.push_back({actor, counter});
  });
  return told;
}

}  // namespace

void ClockBases::stream_up(const Now& now, const NodeId& peer) {
  Peer& p = peers_[peer];
  p = {};
  if (mine_.name != kNothing.name) tell_base(now, peer, p, kNothing);
}

void ClockBases::committed(const Now& now, const Turn&) {
  if (changed_at_ && now.mono - *changed_at_ < kBaseEvery) return;
  size_t differing = 0;
  VersionVector::differences(mine_.clock, clock_, [&](ActorId, Counter, Counter) { ++differing; });
  const uint64_t name = hash_.of(clock_).low;
  if (differing <= options_.entries_max || name == kNothing.name) return;
  const Base before = std::exchange(mine_, {name, clock_});
  changed_at_ = now.mono;
  for (auto& [id, peer] : peers_) tell_base(now, id, peer, peer.told_at ? before : kNothing);
}

void ClockBases::tell_base(const Now& now, const NodeId& id, Peer& peer, const Base& before) {
  const ClockBaseMessage message{mine_.name, differences_from(before, mine_.clock)};
  peer.told_at.reset();
  if (messenger_.send_stream(now, id, message)) peer.told_at = now.mono;
}

const ClockBases::Base& ClockBases::known_to(const NodeId& peer) const {
  const auto at = peers_.find(peer);
  return at != peers_.end() && at->second.told_at ? mine_ : kNothing;
}

Instant ClockBases::told_at(const NodeId& peer) const {
  const auto at = peers_.find(peer);
  return at == peers_.end() ? Instant{} : at->second.told_at.value_or(Instant{});
}

ToldClock ClockBases::tell(const NodeId& peer, const VersionVector& clock) const {
  return differences_from(known_to(peer), clock);
}

bool ClockBases::handle(const NodeId& peer, const ClockBaseMessage& message) {
  auto clock = resolve(peer, message.clock);
  if (!clock || message.name == kNothing.name) return false;
  clock->share(clock_);
  if (hash_.of(*clock).low != message.name) return false;
  auto& bases = peers_[peer].bases;
  bases[1] = std::exchange(bases[0], {message.name, *std::move(clock)});
  return true;
}

const VersionVector* ClockBases::find(const NodeId& peer, uint64_t name) const {
  if (name == kNothing.name) return &kNothing.clock;
  const auto at = peers_.find(peer);
  if (at == peers_.end()) return nullptr;
  const auto base = std::ranges::find(at->second.bases, name, &Base::name);
  return base == at->second.bases.end() ? nullptr : &base->clock;
}

std::optional<VersionVector> ClockBases::resolve(const NodeId& peer, const ToldClock& told) const {
  const VersionVector* base = find(peer, told.base);
  if (!base) return std::nullopt;
  if (told.base == kNothing.name) return VersionVector(told.entries);
  VersionVector clock = *base;
  for (const auto& entry : told.entries) clock.set(entry);
  return clock;
}

}  // namespace tutti
