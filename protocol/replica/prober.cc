#include "protocol/replica/prober.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tutti {
namespace {

// Members that leave a probe unanswered are probed again with each period, up to so many at a time.
constexpr size_t kProbesAgainMax = 4;

}  // namespace

void Prober::start(const Now& now) { next_probe_ = now.mono; }

// --- who is there ---

void Prober::heard(const Now& now, const NodeId& from) {
  if (!membership_.heard(now, from)) return;
  introducer_.reached(now, from);
  neighbours_.reachability_changed();
  outputs_.event(Outputs::EventKind::kMemberBack, from, membership_.find(from)->name + " answers again");
}

void Prober::tick(const Now& now) {
  for (const NodeId& id : membership_.give_up(now, unreachable_after_)) {
    neighbours_.reachability_changed();
    const MemberRecord& record = *membership_.find(id);
    outputs_.event(Outputs::EventKind::kMemberUnreachable, id,
                   record.name + " at " + to_string(record.address) + " has been silent for " +
                       std::to_string(membership_.silence(now, id) / std::chrono::milliseconds(1)) +
                       " ms; it is tried for ever");
  }
}

void Prober::forget(const NodeId& peer) {
  membership_.forget_contact(peer);
  unequal_told_.erase(peer);
  clocks_.forget(peer);
}

// --- probes ---

void Prober::handle_timeout(const Now& now) {
  if (now.mono < next_probe_) return;
  next_probe_ = now.mono + period_;
  probe_some(now);
}

// A small cluster is probed whole, round by round.
void Prober::probe_some(const Now& now) {
  std::vector<NodeId> whom;
  if (neighbours_.mesh()) {
    whom = membership_.next_probes(std::max(count_, std::min<size_t>(membership_.size(), 4)), random_);
  } else {
    whom.push_back(next_of_many());
  }
  for (const NodeId& id : membership_.unanswering(now, period_, kProbesAgainMax)) {
    if (std::ranges::find(whom, id) == whom.end()) whom.push_back(id);
  }
  for (const NodeId& id : whom) probe(now, id);
}

// In a large cluster every other period sees a neighbour, with whom clocks and lists are compared; those
// between one of all others, and one of those unreachable: who is gone, and who is back.
NodeId Prober::next_of_many() {
  std::optional<NodeId> next;
  const auto turn = turn_of_many_++ % 4;
  if (turn % 2 == 0) next = neighbours_.next_to_probe();
  if (turn == 3) next = membership_.next_unreachable();
  return next ? *next : membership_.other(random_.below(membership_.size())).id;
}

void Prober::probe(const Now& now, const NodeId& id) {
  membership_.probing(now, id, ++sequence_);
  introducer_.acquaint(now, id);
  if (membership_.unreachable(id)) {
    introducer_.try_elsewhere(now, id);
    // Perhaps it has never heard of this node: it cannot answer a stranger, and while it is silent nobody dials it.
    messenger_.send_small(now, id, MembersMessage{{membership_.self()}});
  }
  messenger_.send_small(now, id, message(now, sequence_, false));
}

ProbeMessage Prober::message(const Now& now, uint64_t sequence, bool answer) {
  return {.sequence = sequence,
          .answer = answer,
          .clock_hash = database_.clock_hash(),
          .members_hash = membership_.hash(),
          .merged_clock_hash = merged_clock_hash(),
          .fingerprint = database_.merged()->fingerprints.total(),
          .wall_ms = now.wall_ms(),
          .health = health_.state};
}

Hash128 Prober::merged_clock_hash() {
  const auto merged = database_.merged();
  if (merged != hashed_merged_) {
    hashed_merged_ = merged;
    hashed_clock_ = clock_hash(database_.key(), merged->clock);
  }
  return hashed_clock_;
}

void Prober::handle(const Now& now, const NodeId& from, const ProbeMessage& probe) {
  introducer_.acquaint(now, from);
  if (!probe.answer) messenger_.send_small(now, from, message(now, probe.sequence, true));
  auto* contact = membership_.contact(from);
  if (!contact) return;
  if (probe.answer && probe.sequence == contact->probe_sequence) {
    contact->round_trip = now.mono - contact->probe_sent;
    clocks_.heard(now, from, probe.wall_ms, contact->round_trip);
    compare_clocks(now, from);
  }
  contact->probed = true;
  contact->clock_hash = probe.clock_hash;
  if (std::exchange(contact->health, probe.health) != probe.health) {
    outputs_.event(Outputs::EventKind::kMemberHealth, from,
                   membership_.find(from)->name + " says of itself: " + std::string(name_of(probe.health)));
  }
  compare_fingerprints(from, probe);
}

void Prober::compare_clocks(const Now& now, const NodeId& from) {
  if (clocks_.in_doubt(now)) {
    outputs_.seldom_event(now, Outputs::EventKind::kClockAhead, membership_.self().id,
                          "this node's wall clock is " + std::to_string(*clocks_.ahead_ms(now) / 1000) +
                              " s ahead of most of its peers': it goes by theirs until it is set right");
    return;
  }
  const int64_t ahead_ms = *clocks_.peer_ahead_ms(now, from);
  if (ahead_ms <= WallClocks::kAheadMaxMs) return;
  outputs_.seldom_event(now, Outputs::EventKind::kClockAhead, from,
                        "the wall clock of " + membership_.find(from)->name + " is " +
                            std::to_string(ahead_ms / 1000) + " s ahead of most others'");
}

// Every probe at a quiet moment is a check of the whole database (RULES.md, "Integrity").
void Prober::compare_fingerprints(const NodeId& from, const ProbeMessage& probe) {
  if (probe.merged_clock_hash != merged_clock_hash()) return;
  if (probe.fingerprint == database_.merged()->fingerprints.total()) {
    unequal_told_.erase(from);  // repaired: what comes after it is told again
    return;
  }
  if (!unequal_told_.insert(from).second) return;
  outputs_.event(
      Outputs::EventKind::kFingerprintUnequal, from,
      "equal clocks, unequal fingerprints: data is damaged here or on " + membership_.find(from)->name +
          "; run `tutti verify`, and on the node that is wrong move its store directory aside and start "
          "again with --accept-loss");
}

}  // namespace tutti
