#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/checkers/history.h"
#include "sim/checkers/merged_states.h"
#include "sim/checkers/verdict.h"
#include "sim/fault.h"
#include "sim/network.h"
#include "sim/scenario.h"
#include "sim/sim_node.h"
#include "sim/workload.h"

namespace tutti::sim {

// What one seed did, for its line.
struct RunReport {
  uint64_t seed = 0;
  std::optional<Failure> failure;
  uint64_t trace_hash = 0;
  double virtual_seconds = 0, real_seconds = 0;
  size_t nodes = 0;
  uint64_t events = 0, operations = 0, acknowledged = 0, joins = 0, merges = 0, starts = 0, comparisons = 0,
           datagrams = 0;
  std::string errors;  // kinds of error replies that clients got
};

// One run: a cluster, its network, its clients and its faults, all drawn from one seed. First everything at
// once; then faults and clients stop, the network heals, and all nodes must become equal. No globals: several
// worlds may run in several threads.
class World {
 public:
  // `trace` may be null. `scenario` outlives this.
  World(const Scenario& scenario, uint64_t seed, std::FILE* trace);
  ~World();

  RunReport run();

 private:
  void build_nodes(SeededRandom& random);
  SimNode::Setup draw_node(size_t index, SeededRandom& random);
  bool run_until(Instant end);
  bool step();
  void schedule_full_checks();
  void check_everything();
  void check_converged();
  bool all_alike() const;
  void heal();
  RunReport report() const;

  const Scenario& scenario_;
  uint64_t seed_;
  SeededRandom random_;
  SeededRandom audit_random_;  // whom to check whole, where not all
  Verdict verdict_;
  Trace trace_;
  EventQueue queue_;
  History history_;
  MergedStates merged_states_{history_};
  Links links_;
  Network network_;
  Surroundings surroundings_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  Workload workload_;
  std::vector<SeededRandom> fault_randoms_;
  std::vector<std::unique_ptr<FaultPlan>> faults_;
};

}  // namespace tutti::sim
