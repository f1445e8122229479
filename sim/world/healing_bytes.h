#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/kernel/scenario.h"
#include "sim/truth/history.h"

namespace tutti::sim {

class SimNode;

// `bytes`: what nodes send from the moment faults stop until all clocks are equal is bounded by what is
// missing then: the operations that nodes lack of the union of all, as bytes; for each transfer since, begun
// or given up, the whole state once more, as fingerprints of all its rows are compared; and idle traffic.
class HealingBytes {
 public:
  HealingBytes(const Scenario::Checks& checks, const History& history) : checks_(checks), history_(history) {}

  void healing(const std::vector<std::unique_ptr<SimNode>>& nodes);
  // All clocks are equal, so many seconds later. Empty: within the bound.
  std::string over(const std::vector<std::unique_ptr<SimNode>>& nodes, double seconds) const;
  uint64_t missing() const { return missing_; }

 private:
  const Scenario::Checks& checks_;
  const History& history_;
  uint64_t missing_ = 0, sent_ = 0, transfers_ = 0;
};

// Roughly what the operation takes on the wire, its past besides.
uint64_t bytes_of(const Operation& operation);

}  // namespace tutti::sim
