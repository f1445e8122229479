#pragma once

#include <cstdint>
#include <string>

#include "sim/kernel/scenario.h"
#include "sim/report/study.h"

namespace tutti::sim {

struct SeedRun {
  Scenario scenario;
  std::string again;  // what names the run on a command line, without its seed: "ci --set network.loss=0.1"
  uint64_t first = 1, last = 1;
  unsigned jobs = 1;
  std::string trace_path;  // one seed alone; empty: no trace file
  std::string out;         // a folder for the report (report/folder.h); empty: none
  bool progress = false;   // on stderr
};

// A guess at how long one run takes in virtual time, for what is sized by it.
Duration expected_length(const Scenario& scenario);

// Runs every seed, on `jobs` threads, and prints a line for each in order of seeds, what went wrong, and a
// summary. 0: all held. 1: one failed. 2: `out` holds what is no report. 3: could not tell (the trace file or
// the report cannot be written).
int run_seeds(const SeedRun& run);

}  // namespace tutti::sim
