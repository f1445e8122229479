#pragma once

#include <memory>
#include <vector>

#include "sim/kernel/event_queue.h"
#include "sim/kernel/scenario.h"
#include "sim/kernel/seeded_random.h"
#include "sim/truth/verdict.h"

namespace tutti::sim {

class SimNode;

// Checks every row of every node, or of `checks.audit_nodes` nodes drawn each time.
class FullChecks {
 public:
  // All but `seed` outlive this.
  FullChecks(const Scenario::Checks& checks, EventQueue& queue, const Verdict& verdict,
             const std::vector<std::unique_ptr<SimNode>>& nodes, uint64_t seed)
      : checks_(checks), queue_(queue), verdict_(verdict), nodes_(nodes), random_(seed, "audits") {}

  // From now on every `checks.full_every_s`.
  void schedule();
  // Now. Nodes that are down are left out.
  void check();

 private:
  const Scenario::Checks& checks_;
  EventQueue& queue_;
  const Verdict& verdict_;
  const std::vector<std::unique_ptr<SimNode>>& nodes_;
  SeededRandom random_;
};

}  // namespace tutti::sim
