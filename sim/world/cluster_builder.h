#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/kernel/scenario.h"
#include "sim/kernel/seeded_random.h"
#include "sim/machine/sim_node.h"
#include "sim/network/links.h"

namespace tutti::sim {

// Draws the cluster of one run from its scenario and seed: how many machines, the links between them, and of
// each machine its identity, options, clock and disk. The constructor draws everything, so that the order in
// which parts are taken out changes nothing.
class ClusterBuilder {
 public:
  // `scenario` is needed by the constructor alone.
  ClusterBuilder(const Scenario& scenario, uint64_t seed);

  // The first `members()` machines run a node from the start. The others are spare.
  size_t members() const { return members_; }
  size_t machines() const { return machines_; }
  // How long clients write and faults strike.
  Duration workload_length() const { return workload_length_; }

  // Once.
  Links take_links() { return std::move(links_); }
  // Once: makes the machines, all down, and attaches them to the network. `surroundings` outlives them.
  std::vector<std::unique_ptr<SimNode>> build(Surroundings& surroundings);

 private:
  std::vector<SimNode::Setup> draw_setups(const Scenario::Cluster& cluster, uint64_t seed);

  SeededRandom random_;
  size_t members_, machines_;
  Links links_;
  std::vector<SimNode::Setup> setups_;
  Duration workload_length_;
};

}  // namespace tutti::sim
