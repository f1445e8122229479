#pragma once

#include <string>
#include <vector>

#include "sim/plans/cell_runner.h"
#include "sim/plans/grid.h"

namespace tutti::sim {

struct Sweep {
  Experiment experiment;
  std::vector<GridAxis> axes;
  std::string out;  // a folder (report/folder.h); empty: none
  bool progress = false;
};

// Runs the grid and prints a table of medians over seeds with their 95 % intervals. Each cell is told on
// stderr and kept in `out` once it is done (finished_cells.h). 0: all runs held, 1: one failed, 2: a setting
// that cannot be, or `out` holds what is no report, 3: the folder cannot be written.
int run_sweep(const Sweep& sweep);

}  // namespace tutti::sim
