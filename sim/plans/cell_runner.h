#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/report/study.h"
#include "storage/base/result.h"

namespace tutti::sim {

class Progress;

// What sweep and plan run again and again: a scenario under changing settings, over the same seeds.
struct Experiment {
  std::string scenario;               // a file, or the name of one that ships
  std::vector<std::string> settings;  // --set, for all
  bool swarm = false;
  uint64_t first = 1, last = 1;  // seeds
  unsigned jobs = 1;
  std::string command;  // the whole command line, for the manifest
};

// Whether the scenario can be read with each of these settings on top; the error is the first refusal.
Result<> check_settings(const Experiment& experiment, const std::vector<std::vector<std::string>>& cells);

// Told of each cell once its last seed is done, in any order, by one thread at a time. `index`: among the
// cells given.
using CellDone = std::function<void(size_t index, const Cell& cell)>;

// Runs every seed of every cell, in `experiment.jobs` threads; the outcome does not depend on how many. The
// error is check_settings()'s.
Result<std::vector<Cell>> run_cells(const Experiment& experiment,
                                    const std::vector<std::vector<std::string>>& cells, Progress& progress,
                                    const CellDone& done);

}  // namespace tutti::sim
