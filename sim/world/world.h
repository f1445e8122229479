#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/checkers/merged_states.h"
#include "sim/clients/probe_clients.h"
#include "sim/clients/workload.h"
#include "sim/faults/fault.h"
#include "sim/kernel/scenario.h"
#include "sim/machine/sim_node.h"
#include "sim/network/network.h"
#include "sim/truth/history.h"
#include "sim/truth/verdict.h"
#include "sim/watch/recorder.h"
#include "sim/world/healing_bytes.h"
#include "sim/world/run_report.h"

namespace tutti::sim {

// One run: a cluster, its network, its clients and its faults, all drawn from one seed. First everything at
// once; then faults and clients stop, the network heals, and all nodes must become equal. No globals: several
// worlds may run in several threads.
class World {
 public:
  // `recorder` may be null. It and `scenario` outlive this.
  World(const Scenario& scenario, uint64_t seed, Recorder* recorder = nullptr);
  ~World();

  // Once.
  RunReport run();
  // Before run(): tells everything in words. `file` stays the caller's.
  void narrate(std::FILE* file, const Narrator::Filter& filter);
  // Before run(): keeps what clients ask, for commands().
  void record() { clients_.record(); }
  // What clients asked and what faults did, in order of time: each may be written back as a [[command]] or
  // [[fault]] of its own.
  const std::vector<CommandSpec>& commands() const { return clients_.recorded(); }
  std::vector<Strike> strikes() const;
  size_t members() const { return members_; }  // from the start
  size_t spares() const { return nodes_.size() - members_; }
  Instant now() const { return queue_.now(); }

 private:
  void build_nodes(SeededRandom& random);
  SimNode::Setup draw_node(size_t index, SeededRandom& random);
  bool run_until(Instant end);
  bool step();
  void schedule_full_checks();
  void check_everything();
  void check_converged();
  bool all_alike() const;
  bool clocks_equal() const;
  void check_liveness(Instant healed);
  void check_membership();
  void heal();
  void end_faults();
  RunReport report() const;

  const Scenario& scenario_;
  uint64_t seed_;
  SeededRandom random_;
  Recorder nobody_;
  Recorder& recorder_;
  SeededRandom audit_random_;  // whom to check whole, where not all
  Verdict verdict_;
  Trace trace_;
  EventQueue queue_;
  History history_;
  std::optional<Narrator> narrator_;
  MergedStates merged_states_{history_};
  Deliveries deliveries_;
  size_t members_;  // the first so many machines, from the start
  Links links_;
  Disturbances disturbances_;
  Network network_;
  Surroundings surroundings_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  Clients clients_;
  Workload workload_;
  ProbeWorkload probes_;
  std::vector<std::unique_ptr<FaultPlan>> faults_;
  HealingBytes healing_bytes_{scenario_.checks, history_};
  std::optional<uint64_t> rounds_;
};

}  // namespace tutti::sim
