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
#include "sim/world/driver.h"
#include "sim/world/full_checks.h"
#include "sim/world/run_report.h"

namespace tutti::sim {

class ClusterBuilder;

// One run: a cluster (cluster_builder.h), its clients and its faults, all drawn from one seed. First clients
// write and faults strike; then both stop, and all nodes must become equal (healing.h). No globals: several
// threads may each run a world.
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
  size_t members() const {
    return members_;
  }  // machines that run a node from the start; the others are spare
  size_t spares() const { return nodes_.size() - members_; }
  Instant now() const { return queue_.now(); }

 private:
  World(const Scenario& scenario, uint64_t seed, Recorder* recorder, ClusterBuilder cluster);

  void introduce_to_recorder();
  void start_everything();
  void end_faults();
  RunReport report() const;

  const Scenario& scenario_;
  uint64_t seed_;
  size_t members_;
  Duration workload_length_;
  Recorder nobody_;
  Recorder& recorder_;
  Verdict verdict_;
  Trace trace_;
  EventQueue queue_;
  History history_;
  std::optional<Narrator> narrator_;
  MergedStates merged_states_{history_};
  Deliveries deliveries_;
  Links links_;
  Disturbances disturbances_;
  Network network_;
  Surroundings surroundings_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  Clients clients_;
  Workload workload_;
  ProbeWorkload probes_;
  Driver driver_;
  FullChecks full_checks_;
  std::vector<std::unique_ptr<FaultPlan>> faults_;
  std::optional<uint64_t> rounds_;
};

}  // namespace tutti::sim
