#include "sim/report/propagation.h"

#include <algorithm>
#include <utility>

namespace tutti::sim {

void Propagation::holds(Instant at, size_t index, const VersionVector& clock) {
  Node& node = nodes_[index];
  bool lost = false;
  VersionVector::differences(node.clock, clock, [&](ActorId actor, Counter had, Counter has) {
    node.total += has.value - had.value;
    if (had < has) return grow(at, node, actor, had, has);
    lost = true;
    lose(actor, has, had);
  });
  if (lost && !node.ever) node.ever = node.clock;
  if (node.ever) node.ever->join(clock);
  node.clock = clock;
}

void Propagation::takes_part(size_t node) {
  if (!std::exchange(nodes_[node].takes_part, true)) ++taking_part_;
}

void Propagation::grow(Instant at, Node& node, ActorId actor, Counter from, Counter to) {
  std::deque<Held>& known = operations_[actor];
  const Counter seen = node.ever ? std::max(from, node.ever->get(actor)) : from;
  for (uint64_t i = from.value; i < to.value; ++i) {
    if (i >= known.size()) {
      known.push_back({.written = at});
      ++written_;
      last_write_ = at;
    } else if (known[i].holders == 0) {
      --gone_;  // a disk came back with it
    }
    Held& held = known[i];
    ++held.holders;
    if (i < seen.value) continue;
    if (++held.reached > 1) each_.add(at - held.written);
    if (held.reached != taking_part_) continue;
    ++reached_all_;
    if (taking_part_ > 1) all_.add(at - held.written);
  }
}

void Propagation::lose(ActorId actor, Counter from, Counter to) {
  std::deque<Held>& known = operations_[actor];
  for (uint64_t i = from.value; i < to.value; ++i) {
    if (--known[i].holders == 0) ++gone_;
  }
}

size_t Propagation::complete() const {
  const uint64_t target = written_ - gone_;
  return static_cast<size_t>(std::ranges::count_if(
      nodes_, [&](const Node& n) { return n.takes_part && n.up && n.total == target; }));
}

void Propagation::settle(Instant at) {
  const uint64_t target = written_ - gone_;
  // Mostly the first node already says no.
  const bool all = std::ranges::all_of(
      nodes_, [&](const Node& n) { return !n.takes_part || (n.up && n.total == target); });
  if (!all) {
    complete_since_.reset();
  } else if (!complete_since_) {
    complete_since_ = at;
  }
}

}  // namespace tutti::sim
