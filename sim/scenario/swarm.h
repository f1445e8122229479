#pragma once

#include <cstdint>

#include "sim/kernel/scenario.h"

namespace tutti::sim {

// Swarm testing (Groce, Zhang, Eide, Chen, Regehr 2012): a run with everything in it hides what only shows
// where something is absent. Each seed draws a variant of its own within the frame that the scenario gives:
// which kinds of faults strike and how often, which kinds of commands clients give, and of each option's
// range either the whole, one end, or a point. Sizes of clusters and lengths of runs are drawn within theirs;
// a tenth of the seeds speak the real cipher, a sixth acknowledge before the sync (durability interval).
//
// Some trouble needs several conditions at once, which independent draws bring together too seldom: the
// frame's
// [[theme]]s each take a share of the seeds, and are what the frame is to those (scenarios/swarm.toml).
Scenario swarm_variant(const Scenario& frame, uint64_t seed);

// "4 nodes, noise; partition, power-loss; no counters, no flushes": what the variant is made of, for its
// line.
std::string summary(const Scenario& variant);

}  // namespace tutti::sim
