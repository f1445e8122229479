#include "sim/faults/link_faults.h"

#include "sim/kernel/units.h"

namespace tutti::sim {

void BlockedLinks::block(Links& links, size_t from, size_t to) {
  if (from == to) return;
  links.block(from, to);
  blocked_.emplace_back(from, to);
}

void BlockedLinks::block_both(Links& links, size_t a, size_t b) {
  block(links, a, b);
  block(links, b, a);
}

void BlockedLinks::restore(Links& links) {
  for (const auto& [from, to] : blocked_) links.unblock(from, to);
  blocked_.clear();
}

void Partition::begin(FaultContext& context, size_t target, double) {
  const size_t nodes = context.links.nodes();
  std::vector<bool> with_target(nodes);
  for (size_t i = 0; i < nodes; ++i) with_target[i] = i == target || context.random.chance(0.5);
  for (size_t a = 0; a < nodes; ++a) {
    for (size_t b = 0; b < a; ++b) {
      if (with_target[a] != with_target[b]) blocked_.block_both(context.links, a, b);
    }
  }
}

void OneWay::begin(FaultContext& context, size_t target, double) {
  const double share = context.random.chance(0.5) ? 1 : 0.5;
  for (size_t to = 0; to < context.links.nodes(); ++to) {
    if (context.random.chance(share)) blocked_.block(context.links, target, to);
  }
}

void Isolation::begin(FaultContext& context, size_t target, double) {
  for (size_t other = 0; other < context.links.nodes(); ++other)
    blocked_.block_both(context.links, target, other);
}

void PacketLoss::begin(FaultContext& context, size_t, double amount) {
  amount_ = amount;
  context.links.degrade_all(amount_, Duration(0));
}

void PacketLoss::end(FaultContext& context) { context.links.degrade_all(-amount_, Duration(0)); }

void SlowLinks::begin(FaultContext& context, size_t, double amount) {
  added_ = from_milliseconds(amount);
  context.links.degrade_all(0, added_);
}

void SlowLinks::end(FaultContext& context) { context.links.degrade_all(0, -added_); }

}  // namespace tutti::sim
