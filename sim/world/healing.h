#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/kernel/scenario.h"
#include "sim/machine/surroundings.h"
#include "sim/world/driver.h"
#include "sim/world/full_checks.h"
#include "sim/world/healing_bytes.h"

namespace tutti::sim {

class SimNode;

// What follows the workload: every node starts, all clocks become equal and everything is merged, and
// checkers judge how long that took, what it cost and whether all nodes hold the same.
class Healing {
 public:
  // Begins now: from here on time and bytes count. Clients and faults are about to stop. All outlive this.
  Healing(const Scenario& scenario, Surroundings& surroundings,
          const std::vector<std::unique_ptr<SimNode>>& nodes, Driver& driver, FullChecks& full_checks,
          uint64_t seed);

  // Once, at the same instant. REQUIRES that clients and faults have stopped. What differs fails the verdict.
  void run();
  // Probe periods until all clocks were equal; empty: they never were.
  std::optional<uint64_t> rounds() const { return rounds_; }

 private:
  void start_all();
  // `convergence`: true once all are alike, which allows to compare all states.
  bool wait_until_alike();
  bool all_alike() const;
  bool clocks_equal() const;
  std::string state_of_all() const;
  void judge_liveness();
  void judge_buffers();
  void judge_budget();
  void judge_membership();
  void judge_states();
  // `bounds`, of the logs. Runs on, and what is due then is written: last.
  void judge_logs();
  void judge_reaping();

  const Scenario& scenario_;
  Surroundings& around_;
  const std::vector<std::unique_ptr<SimNode>>& nodes_;
  Driver& driver_;
  FullChecks& full_checks_;
  HealingBytes bytes_;
  SeededRandom grace_;
  Instant began_;
  std::optional<uint64_t> rounds_;
};

}  // namespace tutti::sim
