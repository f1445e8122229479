#pragma once

#include "sim/kernel/scenario.h"

namespace tutti::sim {

class World;
struct Strike;

// The scenario with what happened in the recorded run in the place of what was drawn: every command and every
// strike by itself, no generators of them. Run with the same seed it is the same run, event for event;
// without some of its entries it is a smaller one.
Scenario scripted(const Scenario& scenario, const World& recorded);

// The strike as a fault of its own.
FaultSpec written_back(const Strike& strike);

// How many events are written down in it: commands and strikes.
size_t scripted_events(const Scenario& scenario);

}  // namespace tutti::sim
