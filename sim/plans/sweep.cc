#include "sim/plans/sweep.h"

#include <cstdio>

#include "sim/plans/text_table.h"
#include "sim/report/folder.h"
#include "sim/report/progress.h"
#include "sim/report/statistics.h"
#include "sim/report/text.h"
#include "sim/scenario/builtin_scenarios.h"
#include "sim/scenario/scenario_file.h"

namespace tutti::sim {
namespace {

std::string with_interval(const std::vector<double>& values) {
  const Interval interval = median_interval(values);
  if (!interval.low) return rounded(interval.median);
  return rounded(interval.median) + " [" + rounded(interval.low) + ", " + rounded(interval.high) + "]";
}

void print(const std::vector<Cell>& cells) {
  std::vector<std::vector<std::string>> rows = {{"cell", "runs", "failed"}};
  for (const auto& kind : metric_kinds()) {
    if (kind.headline) rows[0].emplace_back(kind.name);
  }
  for (const Cell& cell : cells) {
    rows.push_back({label(cell), std::to_string(cell.outcomes.size()), std::to_string(failures(cell))});
    for (const auto& kind : metric_kinds()) {
      if (kind.headline) rows.back().push_back(with_interval(values_of(cell, kind.name)));
    }
  }
  std::printf("%s\n", text_table(rows).c_str());
  std::printf(
      "Medians over the seeds that passed, with 95 %% intervals (bootstrap; none below three seeds).\n");
}

}  // namespace

int run_sweep(const Sweep& sweep) {
  const Experiment& experiment = sweep.experiment;
  const auto scenario = find_scenario(experiment.scenario, experiment.settings);
  const auto cells = combinations(sweep.axes);
  Progress progress(cells.size() * (experiment.last - experiment.first + 1), sweep.progress);
  auto ran = scenario ? run_cells(experiment, cells, progress) : std::unexpected(scenario.error());
  progress.clear();
  if (!ran) {
    std::fprintf(stderr, "tutti-sim: %s\n", ran.error().message.c_str());
    return 2;
  }
  print(*ran);
  size_t failed = 0;
  for (const Cell& cell : *ran) {
    for (const Outcome& outcome : cell.outcomes) {
      if (outcome.failure.empty()) continue;
      ++failed;
      std::printf("FAILED: %s, seed %llu: %s\n", label(cell).c_str(),
                  static_cast<unsigned long long>(outcome.seed), outcome.failure.c_str());
    }
  }
  if (!sweep.out.empty()) {
    const Study study{
        "sweep", {scenario->name, configuration_of(*scenario), experiment.command}, std::move(*ran)};
    if (const auto written = write_study_folder(sweep.out, study); !written) {
      std::fprintf(stderr, "tutti-sim: %s\n", written.error().message.c_str());
      return 3;
    }
    std::printf("report: %s/index.html\n", sweep.out.c_str());
  }
  return failed > 0 ? 1 : 0;
}

}  // namespace tutti::sim
