#include "sim/world/healing_bounds.h"

#include <cmath>
#include <set>

#include "sim/machine/sim_node.h"

namespace tutti::sim {

double rounds_allowed(size_t nodes, double per_doubling, double constant) {
  return per_doubling * std::log2(static_cast<double>(nodes)) + constant;
}

std::string held_unreachable(const std::vector<std::unique_ptr<SimNode>>& nodes, size_t judges) {
  std::set<NodeId> live;
  for (const auto& node : nodes) {
    if (node->up()) live.insert(node->id());
  }
  for (size_t i = 0; i < nodes.size() && i < judges; ++i) {
    if (!nodes[i]->up()) continue;
    for (const MemberView& member : nodes[i]->members()) {
      if (member.state == "unreachable" && live.contains(member.id))
        return nodes[i]->name() + " holds " + member.name +
               " unreachable, which is up and has been silent to it for " + std::to_string(member.silent_ms) +
               " ms";
    }
  }
  return {};
}

}  // namespace tutti::sim
