#include "sim/faults/process_faults.h"

#include "sim/sim_node.h"

namespace tutti::sim {

void start_again(SimNode& node) {
  if (!node.up()) node.start();
}

void Kill::begin(FaultContext& context, size_t target, double) {
  target_ = target;
  context.nodes[target]->kill();
}

void Kill::end(FaultContext& context) { start_again(*context.nodes[target_]); }

void Stop::begin(FaultContext& context, size_t target, double) {
  target_ = target;
  context.nodes[target]->stop();
}

// Whoever has not drained by now is killed amid it, as systemd does.
void Stop::end(FaultContext& context) {
  context.nodes[target_]->kill();
  start_again(*context.nodes[target_]);
}

void WallJump::begin(FaultContext& context, size_t target, double amount) {
  context.nodes[target]->shift_wall(
      std::chrono::milliseconds(static_cast<int64_t>(context.random.between(-amount, amount))));
}

}  // namespace tutti::sim
