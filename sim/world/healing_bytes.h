#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/kernel/scenario.h"
#include "sim/truth/history.h"

namespace tutti::sim {

class SimNode;

// `bytes`: bounds what nodes send from the end of the faults until all clocks are equal. The bound grows with
// what is missing at the end of the faults, which is the operations that each node lacks of the union of all.
// It grows with each transfer since, done or given up, by the whole state, as a transfer compares
// fingerprints of all rows. And it grows with time, by idle traffic.
class HealingBytes {
 public:
  // Faults end now: counts what is missing and what was sent so far. All outlive this.
  HealingBytes(const Scenario::Checks& checks, const History& history,
               const std::vector<std::unique_ptr<SimNode>>& nodes);

  // All clocks became equal `seconds` after that. Empty: within the bound; else what was over it.
  std::string over(double seconds) const;

 private:
  const Scenario::Checks& checks_;
  const History& history_;
  const std::vector<std::unique_ptr<SimNode>>& nodes_;
  uint64_t sent_, transfers_;
  uint64_t missing_ = 0;
};

// Roughly what the operation and its past take on the wire.
uint64_t bytes_of(const Operation& operation);

}  // namespace tutti::sim
