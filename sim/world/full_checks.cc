#include "sim/world/full_checks.h"

#include "sim/kernel/units.h"
#include "sim/machine/sim_node.h"

namespace tutti::sim {

void FullChecks::schedule() {
  queue_.after(from_seconds(checks_.full_every_s), [this] {
    check();
    schedule();
  });
}

void FullChecks::check() {
  const auto check_one = [&](SimNode& node) {
    if (node.up() && !verdict_.failed()) node.check_all();
  };
  const auto some = static_cast<size_t>(checks_.audit_nodes);
  if (some == 0 || some >= nodes_.size()) {
    for (const auto& node : nodes_) check_one(*node);
  } else {
    for (size_t i = 0; i < some; ++i) check_one(*nodes_[random_.index(nodes_.size())]);
  }
}

}  // namespace tutti::sim
