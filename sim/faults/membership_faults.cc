#include "sim/faults/membership_faults.h"

#include <algorithm>

#include "sim/faults/process_faults.h"
#include "sim/machine/sim_node.h"

namespace tutti::sim {
namespace {

std::vector<size_t> shuffled_nodes(FaultContext& context) {
  std::vector<size_t> order(context.nodes.size());
  for (size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
    std::swap(order[i], order[context.random.index(i + 1)]);
  }
  return order;
}

}  // namespace

void JoinStorm::begin(FaultContext& context, size_t, double amount) {
  const auto order = shuffled_nodes(context);
  std::vector<MemberRecord> members;
  for (const size_t node : order) {
    if (context.nodes[node]->member()) members.push_back(context.nodes[node]->record());
  }
  double wanted = std::max(1.0, amount);
  for (const size_t node : order) {
    const size_t first = context.random.index(members.size()), second = context.random.index(members.size());
    if (!context.nodes[node]->spare() || wanted < 1) continue;
    --wanted;
    context.nodes[node]->join(make_member_list({members[first], members[second]}));
  }
}

void LeaveStorm::begin(FaultContext& context, size_t, double amount) {
  double wanted = std::max(1.0, amount);
  for (const size_t node : shuffled_nodes(context)) {
    if (wanted < 1) return;
    if (!context.nodes[node]->up()) continue;
    --wanted;
    left_.push_back(node);
    context.nodes[node]->stop();
  }
}

void LeaveStorm::end(FaultContext& context) {
  for (const size_t node : left_) {
    context.nodes[node]->kill();
    start_again(*context.nodes[node]);
  }
}

void CopiedDisk::begin(FaultContext& context, size_t target, double) {
  target_ = target;
  if (!context.nodes[target]->member() || context.nodes[target]->copied()) return;
  // Known, and not mended yet (README.md, "What it does not show"): a copy whose clock ran ahead leaves a
  // boot counter that its original's next handshakes do not reach.
  if (context.nodes[target]->shakes_hands()) return;
  for (const auto& node : context.nodes) {
    if (!node->spare()) continue;
    copy_ = node.get();
    return copy_->begin_as_copy_of(*context.nodes[target]);
  }
}

// As the alarm says: stop the copy, then start the node again. Or half of it, but for a cluster with cipher:
// whoever has heard the copy takes no handshake of a process that began before it.
void CopiedDisk::end(FaultContext& context) {
  if (!copy_) return;
  copy_->end_copy();
  if (context.random.chance(0.5)) return;
  context.nodes[target_]->kill();
  start_again(*context.nodes[target_]);
}

}  // namespace tutti::sim
