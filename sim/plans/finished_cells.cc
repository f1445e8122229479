#include "sim/plans/finished_cells.h"

#include <cstdio>

#include "sim/report/folder.h"
#include "sim/report/statistics.h"
#include "sim/report/text.h"

namespace tutti::sim {

Result<> FinishedCells::prepare() const {
  return setup_.out.empty() ? Result<>{} : prepare_folder(setup_.out);
}

void FinishedCells::add(size_t place, const Cell& cell) {
  cells_.emplace(place, cell);
  std::string line = std::to_string(cells_.size()) + "/" + std::to_string(setup_.total) + "  " + label(cell) +
                     ": " + std::to_string(cell.outcomes.size()) + " runs, " +
                     std::to_string(failures(cell)) + " failed";
  for (const std::string_view metric : setup_.metrics) {
    auto values = values_of(cell, metric);
    if (!values.empty()) line += ", " + std::string(metric) + " " + rounded(median(std::move(values)));
  }
  progress_.clear();
  std::fprintf(stderr, "%s\n", line.c_str());
  (void)write(false);  // finish() tells of what cannot be written
}

std::vector<Cell> FinishedCells::cells() const {
  std::vector<Cell> all;
  for (const auto& [place, cell] : cells_) all.push_back(cell);
  return all;
}

Result<> FinishedCells::write(bool complete) const {
  if (setup_.out.empty()) return {};
  return write_study_folder(setup_.out, Study{"sweep", setup_.origin, cells(), complete});
}

}  // namespace tutti::sim
