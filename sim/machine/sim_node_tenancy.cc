#include "sim/machine/sim_node.h"
#include "storage/base/check.h"

// Which node a machine runs: the one it was set up for, none yet, or a copy of another.
namespace tutti::sim {

void SimNode::join(MemberList seeds) {
  check(tenant_ == Tenant::kNobody, "a spare machine joins");
  around_.trace.event(around_.queue.now(), setup_.index, "joins");
  tenant_ = Tenant::kMember;
  around_.recorder.takes_part(setup_.index);
  ++tenancy_;
  setup_.replica.seeds = std::move(seeds);
  start();
}

void SimNode::begin_as_copy_of(SimNode& original) {
  check(tenant_ == Tenant::kNobody, "a copy starts on a spare machine");
  around_.trace.event(around_.queue.now(), setup_.index, "starts as a copy of " + original.name_);
  tenant_ = Tenant::kCopy;
  ++tenancy_;
  own_ = {setup_.replica.self, setup_.noise};
  MemberRecord self = original.setup_.replica.self;
  self.address = setup_.replica.self.address;
  setup_.replica.self = std::move(self);
  setup_.replica.seeds = original.setup_.replica.seeds;
  setup_.noise = original.setup_.noise;
  boot_counter_ = original.boot_counter_;
  disk_ = original.copy_of_disk();
  loss_ = Observer::Loss::kDisk;
  copied_ = original.copied_ = true;
  start();
}

void SimNode::end_copy() {
  check(tenant_ == Tenant::kCopy, "a copy ends");
  end(true);
  around_.trace.event(around_.queue.now(), setup_.index, "the copy ends");
  tenant_ = Tenant::kNobody;
  ++tenancy_;
  setup_.replica.self = std::move(own_.self);
  setup_.noise = std::move(own_.noise);
  disk_ = std::make_shared<MemoryDisk>();
  loss_ = Observer::Loss::kDisk;
  disk_trouble_ = sync_failed_ = false;
}

}  // namespace tutti::sim
