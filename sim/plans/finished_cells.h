#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/progress.h"
#include "sim/report/study.h"
#include "storage/base/result.h"

namespace tutti::sim {

// The cells of a sweep or a plan that are done. Each is told in a line on stderr and, where there is an
// output folder, written there at once: an interrupted sweep leaves what was done.
class FinishedCells {
 public:
  struct Setup {
    Origin origin;
    std::string out;                        // a folder (report/folder.h); empty: none
    std::vector<std::string_view> metrics;  // told in a cell's line
    size_t total = 0;                       // cells to come, at most
  };
  // `progress` outlives this.
  FinishedCells(Setup setup, Progress& progress) : setup_(std::move(setup)), progress_(progress) {}

  // Makes the output folder ready, before the first run (prepare_folder()).
  Result<> prepare() const;
  // Any thread, one at a time. `place` orders the cells; each is given once.
  void add(size_t place, const Cell& cell);
  // All are done: writes the folder for good. The error names what cannot be written.
  Result<> finish() const { return write(true); }

  // In order of their places.
  std::vector<Cell> cells() const;

 private:
  Result<> write(bool complete) const;

  Setup setup_;
  Progress& progress_;
  std::map<size_t, Cell> cells_;
};

}  // namespace tutti::sim
