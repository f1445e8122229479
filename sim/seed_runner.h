#pragma once

#include <cstdint>
#include <string>

#include "sim/scenario.h"

namespace tutti::sim {

struct SeedRun {
  Scenario scenario;
  std::string again;  // what names the run on a command line, without its seed: "ci --set network.loss=0.1"
  uint64_t first = 1, last = 1;
  unsigned jobs = 1;
  std::string trace_path;  // one seed alone; empty: no trace file
};

// Runs every seed, on so many threads, and prints a line for each in order of seeds, what went wrong, and a
// summary. 0: all held. 1: one failed. 3: could not tell (the trace file cannot be written).
int run_seeds(const SeedRun& run);

}  // namespace tutti::sim
