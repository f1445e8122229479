#include "sim/faults/disk_faults.h"

#include <algorithm>
#include <cmath>

#include "sim/faults/process_faults.h"
#include "sim/machine/sim_node.h"

namespace tutti::sim {

void PowerLoss::begin(FaultContext& context, size_t target, double) {
  target_ = target;
  context.nodes[target]->power_loss(context.random);
}

void PowerLoss::end(FaultContext& context) { start_again(*context.nodes[target_]); }

void Blackout::begin(FaultContext& context, size_t, double) {
  for (const auto& node : context.nodes) node->power_loss(context.random);
}

void Blackout::end(FaultContext& context) {
  for (const auto& node : context.nodes) start_again(*node);
}

void SlowSync::begin(FaultContext& context, size_t target, double amount) {
  target_ = target;
  context.nodes[target]->slow_sync(amount);
}

void SlowSync::end(FaultContext& context) { context.nodes[target_]->slow_sync(1); }

void Restore::begin(FaultContext& context, size_t target, double) {
  target_ = target;
  copy_ = context.nodes[target]->copy_of_disk();
  tenancy_ = context.nodes[target]->tenancy();
}

void Restore::end(FaultContext& context) {
  if (context.nodes[target_]->tenancy() != tenancy_) return;
  context.nodes[target_]->restore(std::move(copy_));
  start_again(*context.nodes[target_]);
}

void DiskFull::begin(FaultContext& context, size_t target, double) {
  target_ = target;
  context.nodes[target]->fill_disk(context.random.chance(0.5), context.random);
}

void DiskFull::end(FaultContext& context) { context.nodes[target_]->make_room(); }

void IoError::begin(FaultContext& context, size_t target, double) {
  const auto kinds = static_cast<size_t>(MemoryDisk::Operation::kCount);
  const auto operation = static_cast<MemoryDisk::Operation>(context.random.index(kinds));
  context.nodes[target]->fail_one(operation, context.random);
}

void BitFlip::begin(FaultContext& context, size_t target, double amount) {
  const auto bits = static_cast<size_t>(std::ceil(std::max(1.0, amount)));
  for (size_t flipped = 0; flipped < bits; ++flipped) context.nodes[target]->flip_bit(context.random);
}

void Wipe::begin(FaultContext& context, size_t target, double) {
  target_ = target;
  context.nodes[target]->restore(nullptr);
}

void Wipe::end(FaultContext& context) { start_again(*context.nodes[target_]); }

}  // namespace tutti::sim
