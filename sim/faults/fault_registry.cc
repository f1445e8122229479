#include "sim/faults/disk_faults.h"
#include "sim/faults/fault.h"
#include "sim/faults/link_faults.h"
#include "sim/faults/membership_faults.h"
#include "sim/faults/process_faults.h"
#include "sim/faults/traffic_faults.h"

namespace tutti::sim {
namespace {

template <class Kind>
std::unique_ptr<Fault> make() {
  return std::make_unique<Kind>();
}

}  // namespace

// The one place to add a kind.
const std::vector<FaultKind>& fault_kinds() {
  static const std::vector<FaultKind> kinds = {
      {"partition", "the nodes fall into two groups that do not hear each other", FaultScope::kCluster,
       make<Partition>},
      {"one-way", "one node's packets reach nobody, or only some; it hears everything", FaultScope::kNode,
       make<OneWay>},
      {"isolate", "one node hears nobody and is heard by nobody", FaultScope::kNode, make<Isolation>},
      {"loss", "every link loses a further share `amount` of its packets", FaultScope::kCluster,
       make<PacketLoss>, 1},
      {"slow-links", "every packet takes a further `amount` ms", FaultScope::kCluster, make<SlowLinks>},
      {"duplicates", "a further share `amount` of datagrams comes twice", FaultScope::kCluster,
       make<Duplicates>, 1},
      {"reordering", "a further share `amount` of datagrams comes up to 500 ms late", FaultScope::kCluster,
       make<Reordering>, 1},
      {"corruption", "a share `amount` of datagrams has bits flipped on its way", FaultScope::kCluster,
       make<Corruption>, 1},
      {"thin-uplink", "all one node sends queues for `amount` bytes a second", FaultScope::kNode,
       make<ThinUplink>},
      {"thin-uplinks", "all that each node sends queues for `amount` bytes a second", FaultScope::kCluster,
       make<ThinUplinks>},
      {"clog", "`amount` one-way links hold all that comes, then let it go at once", FaultScope::kNode,
       make<Clog>, 10'000},
      {"swizzle", "some nodes lose their links one after another, and get them back in another order",
       FaultScope::kCluster, make<Swizzle>},
      {"restart", "kill -9 of one process", FaultScope::kNode, make<Kill>},
      {"stop", "SIGTERM of one process: it drains first", FaultScope::kNode, make<Stop>},
      {"power-loss", "one machine loses power: what was not synced is gone", FaultScope::kNode,
       make<PowerLoss>},
      {"blackout", "all machines lose power at once", FaultScope::kCluster, make<Blackout>},
      {"join-storm", "`amount` spare machines join at once, each knowing one or two members",
       FaultScope::kCluster, make<JoinStorm>, 10'000},
      {"leave-storm", "SIGTERM of `amount` processes at once", FaultScope::kCluster, make<LeaveStorm>,
       10'000},
      {"copied-disk", "a copy of one node's disk starts on a spare machine beside the original",
       FaultScope::kNode, make<CopiedDisk>},
      {"slow-sync", "one disk syncs `amount` times as slowly", FaultScope::kNode, make<SlowSync>},
      {"restore", "one node's disk is copied while it runs, and is that copy again in the end",
       FaultScope::kNode, make<Restore>},
      {"disk-full", "one disk takes no more writes for a while", FaultScope::kNode, make<DiskFull>},
      {"io-error", "one read, write or sync of one disk fails", FaultScope::kNode, make<IoError>},
      {"bit-flip", "`amount` bits of what is on one disk turn over", FaultScope::kNode, make<BitFlip>,
       10'000},
      {"wipe", "one node's disk is replaced by an empty one", FaultScope::kNode, make<Wipe>},
      {"pause",
       "one process is stopped (SIGSTOP); what arrives waits, datagrams beyond their buffer are lost",
       FaultScope::kNode, make<Pause>},
      {"slow-node", "each event takes one process `amount` ms", FaultScope::kNode, make<SlowNode>},
      {"wall-offset", "one wall clock is off by up to `amount` ms, either way, for a while",
       FaultScope::kNode, make<WallOffset>},
      {"drift", "one node's clocks run `amount` millionths too fast or too slow", FaultScope::kNode,
       make<Drift>},
      {"wall-jump", "one wall clock jumps by up to `amount` ms, either way, for good", FaultScope::kNode,
       make<WallJump>},
  };
  return kinds;
}

const FaultKind* find_fault_kind(std::string_view name) {
  for (const FaultKind& kind : fault_kinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

std::string fault_kind_names() {
  std::string names;
  for (const FaultKind& kind : fault_kinds()) names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

}  // namespace tutti::sim
