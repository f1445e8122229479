#include "sim/faults/process_faults.h"

#include <algorithm>

#include "sim/kernel/units.h"
#include "sim/machine/sim_node.h"

namespace tutti::sim {
namespace {

constexpr double kDriftMaxPpm = 500'000;

std::chrono::milliseconds either_way(FaultContext& context, double amount) {
  return std::chrono::milliseconds(static_cast<int64_t>(context.random.between(-amount, amount)));
}

}  // namespace

void start_again(SimNode& node) {
  if (!node.up() && !node.spare()) node.start();
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

void Pause::begin(FaultContext& context, size_t target, double) {
  target_ = target;
  context.nodes[target]->pause();
}

void Pause::end(FaultContext& context) { context.nodes[target_]->resume(); }

void SlowNode::begin(FaultContext& context, size_t target, double amount) {
  target_ = target;
  context.nodes[target]->slow_down(from_milliseconds(amount));
}

void SlowNode::end(FaultContext& context) { context.nodes[target_]->slow_down(Duration(0)); }

void WallOffset::begin(FaultContext& context, size_t target, double amount) {
  target_ = target;
  offset_ = either_way(context, amount);
  context.nodes[target]->shift_wall(offset_);
}

void WallOffset::end(FaultContext& context) { context.nodes[target_]->shift_wall(-offset_); }

void Drift::begin(FaultContext& context, size_t target, double amount) {
  target_ = target;
  const auto ppm = static_cast<int64_t>(std::min(amount, kDriftMaxPpm));
  context.nodes[target]->drift(context.random.chance(0.5) ? ppm : -ppm);
}

void Drift::end(FaultContext& context) { context.nodes[target_]->drift(0); }

void WallJump::begin(FaultContext& context, size_t target, double amount) {
  context.nodes[target]->shift_wall(either_way(context, amount));
}

}  // namespace tutti::sim
