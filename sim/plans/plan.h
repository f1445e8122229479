#pragma once

#include <string>
#include <vector>

#include "sim/plans/cell_runner.h"
#include "sim/plans/target.h"

namespace tutti::sim {

struct Plan {
  Experiment experiment;
  std::vector<Target> targets;
  std::vector<Freedom> freedoms;
  std::string cost = "bytes_per_node_s";  // a metric
  size_t tries_max = 60;
  std::string out;  // a folder for what was tried, as a sweep's; empty: none
  bool progress = false;
};

// Searches for the settings of least cost that meet every target by the median over seeds, with all checkers
// holding. Prints them, the frontier and what was tried. Each try is told on stderr and kept in `out` once it
// is done (finished_cells.h). 0: found; 1: none meets them; 2: a setting that cannot be, or `out` holds what
// is no report; 3: could not tell, as no run passed or the folder cannot be written.
int run_plan(const Plan& plan);

}  // namespace tutti::sim
