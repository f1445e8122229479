#include "sim/run/replay.h"

#include <cstdio>

#include "sim/kernel/units.h"
#include "sim/scenario/swarm.h"
#include "sim/watch/narrator.h"
#include "sim/world/world.h"

namespace tutti::sim {

int replay(const Scenario& scenario, uint64_t seed, const ReplayOptions& options) {
  const Scenario run = scenario.swarm ? swarm_variant(scenario, seed) : scenario;
  if (scenario.swarm) std::printf("# variant: %s\n", summary(run).c_str());
  World world(run, seed);
  world.narrate(stdout, {options.node, options.key, options.from_s});
  const RunReport report = world.run();
  if (!report.failure) {
    std::printf("# held: %zu nodes, %.3f s, %llu events, trace %016llx\n", report.nodes,
                report.virtual_seconds, static_cast<unsigned long long>(report.events),
                static_cast<unsigned long long>(report.trace_hash));
    return 0;
  }
  const Failure& f = *report.failure;
  std::printf("# FAILED by %s at %.6f s%s%s\n# %s\n", f.checker.c_str(), to_seconds(f.at),
              f.node.empty() ? "" : ", node ", f.node.c_str(), f.what.c_str());
  return 1;
}

}  // namespace tutti::sim
