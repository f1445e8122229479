#include "sim/run/script.h"

#include "sim/world/world.h"

namespace tutti::sim {

FaultSpec written_back(const Strike& strike) {
  FaultSpec fault;
  fault.kind = strike.kind;
  fault.at_s = strike.at_s;
  fault.for_s = {strike.for_s, strike.for_s};
  fault.target = static_cast<int>(strike.target);
  fault.amount = {strike.amount, strike.amount};
  fault.draw = strike.draw;
  return fault;
}

Scenario scripted(const Scenario& scenario, const World& recorded) {
  Scenario made = scenario;
  made.swarm = false;
  made.workload.writes_per_second = {0, 0};
  made.checks.probes_per_second = 0;  // theirs are among the commands
  const auto members = static_cast<double>(recorded.members()),
             spares = static_cast<double>(recorded.spares());
  made.cluster.nodes = {members, members};
  made.cluster.spares = {spares, spares};
  made.commands = recorded.commands();
  made.faults.clear();
  for (const Strike& strike : recorded.strikes()) made.faults.push_back(written_back(strike));
  return made;
}

size_t scripted_events(const Scenario& scenario) { return scenario.commands.size() + scenario.faults.size(); }

}  // namespace tutti::sim
