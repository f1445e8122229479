#include "sim/machine/sim_node.h"
#include "storage/base/check.h"

// Which node a machine runs: the one it was set up for, none yet, or a copy of another.
namespace tutti::sim {

void SimNode::join(MemberList seeds) {
  check(spare(), "a spare machine joins");
  machine_.remark("joins");
  tenant_ = Tenant::kMember;
  machine_.around.recorder.takes_part(index());
  ++tenancy_;
  machine_.setup.replica.seeds = std::move(seeds);
  start();
}

void SimNode::begin_as_copy_of(SimNode& original) {
  check(spare(), "a copy starts on a spare machine");
  machine_.remark("starts as a copy of " + original.name());
  tenant_ = Tenant::kCopy;
  ++tenancy_;
  own_ = {record(), machine_.setup.noise};
  MemberRecord self = original.record();
  self.address = record().address;
  machine_.setup.replica.self = std::move(self);
  machine_.setup.replica.seeds = original.machine_.setup.replica.seeds;
  machine_.setup.noise = original.machine_.setup.noise;
  machine_.setup.database = original.machine_.setup.database;  // its log was sampled by them
  machine_.boot_counter = original.machine_.boot_counter;
  machine_.disk = original.copy_of_disk();
  machine_.loss = Observer::Loss::kDisk;
  machine_.copied = original.machine_.copied = true;
  start();
}

void SimNode::end_copy() {
  check(tenant_ == Tenant::kCopy, "a copy ends");
  end(true);
  machine_.remark("the copy ends");
  tenant_ = Tenant::kNobody;
  ++tenancy_;
  machine_.setup.replica.self = std::move(own_.self);
  machine_.setup.noise = std::move(own_.noise);
  machine_.disk = std::make_shared<MemoryDisk>();
  machine_.loss = Observer::Loss::kDisk;
  machine_.trouble = machine_.sync_failed = false;
}

}  // namespace tutti::sim
