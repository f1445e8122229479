#include "sim/plans/sweep.h"

#include <cstdio>

#include "sim/plans/finished_cells.h"
#include "sim/plans/text_table.h"
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

std::vector<std::string_view> headline_metrics() {
  std::vector<std::string_view> names;
  for (const auto& kind : metric_kinds()) {
    if (kind.headline) names.push_back(kind.name);
  }
  return names;
}

void print(const std::vector<Cell>& cells) {
  std::vector<std::vector<std::string>> rows = {{"cell", "runs", "failed"}};
  for (const std::string_view name : headline_metrics()) rows[0].emplace_back(name);
  for (const Cell& cell : cells) {
    rows.push_back({label(cell), std::to_string(cell.outcomes.size()), std::to_string(failures(cell))});
    for (const std::string_view name : headline_metrics())
      rows.back().push_back(with_interval(values_of(cell, name)));
  }
  std::printf("%s\n", text_table(rows).c_str());
  std::printf(
      "Medians over the seeds that passed, with 95 %% intervals (bootstrap; none below three seeds).\n");
}

size_t print_failures(const std::vector<Cell>& cells) {
  size_t failed = 0;
  for (const Cell& cell : cells) {
    for (const Outcome& outcome : cell.outcomes) {
      if (outcome.failure.empty()) continue;
      ++failed;
      std::printf("FAILED: %s, seed %llu: %s\n", label(cell).c_str(),
                  static_cast<unsigned long long>(outcome.seed), outcome.failure.c_str());
    }
  }
  return failed;
}

}  // namespace

int run_sweep(const Sweep& sweep) {
  const Experiment& experiment = sweep.experiment;
  const auto refuse = [](const Error& error, int code) {
    std::fprintf(stderr, "tutti-sim: %s\n", error.message.c_str());
    return code;
  };
  const auto scenario = find_scenario(experiment.scenario, experiment.settings);
  if (!scenario) return refuse(scenario.error(), 2);
  const auto cells = combinations(sweep.axes);
  if (const auto checked = check_settings(experiment, cells); !checked) return refuse(checked.error(), 2);

  Progress progress(cells.size() * (experiment.last - experiment.first + 1), sweep.progress);
  FinishedCells finished({{scenario->name, configuration_of(*scenario), experiment.command},
                          sweep.out,
                          headline_metrics(),
                          cells.size()},
                         progress);
  if (const auto ready = finished.prepare(); !ready)
    return refuse(ready.error(), ready.error().code == ErrorCode::kRefused ? 2 : 3);
  const auto ran = run_cells(experiment, cells, progress,
                             [&](size_t index, const Cell& cell) { finished.add(index, cell); });
  progress.clear();
  if (!ran) return refuse(ran.error(), 2);
  print(*ran);
  const size_t failed = print_failures(*ran);
  if (const auto written = finished.finish(); !written) return refuse(written.error(), 3);
  if (!sweep.out.empty()) std::printf("report: %s/index.html\n", sweep.out.c_str());
  return failed > 0 ? 1 : 0;
}

}  // namespace tutti::sim
