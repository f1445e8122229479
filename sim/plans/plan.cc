#include "sim/plans/plan.h"

#include <algorithm>
#include <cstdio>

#include "sim/plans/finished_cells.h"
#include "sim/plans/search.h"
#include "sim/plans/text_table.h"
#include "sim/report/progress.h"
#include "sim/report/statistics.h"
#include "sim/report/text.h"
#include "sim/scenario/builtin_scenarios.h"
#include "sim/scenario/scenario_file.h"

namespace tutti::sim {
namespace {

std::optional<double> figure(const Cell& cell, std::string_view metric) {
  auto values = values_of(cell, metric);
  if (values.empty()) return std::nullopt;
  return median(std::move(values));
}

// Which target the cell misses first; empty: it meets all.
std::string missed(const Plan& plan, const Cell& cell) {
  if (const size_t failed = failures(cell)) return std::to_string(failed) + " failed";
  for (const Target& target : plan.targets) {
    const auto value = figure(cell, target.metric);
    if (!value) return "no " + target.metric;
    if (!target.met(*value)) return "misses " + words(target);
  }
  return {};
}

std::vector<std::string> columns(const Plan& plan) {
  std::vector<std::string> names = {plan.cost};
  for (const Target& target : plan.targets) {
    if (std::ranges::find(names, target.metric) == names.end()) names.push_back(target.metric);
  }
  return names;
}

void print(const Plan& plan, const char* title, const std::vector<const Cell*>& cells) {
  const auto names = columns(plan);
  std::vector<std::vector<std::string>> rows = {{title}};
  rows[0].insert(rows[0].end(), names.begin(), names.end());
  rows[0].emplace_back("verdict");
  for (const Cell* cell : cells) {
    rows.push_back({label(*cell)});
    for (const std::string& name : names) rows.back().push_back(rounded(figure(*cell, name)));
    const std::string misses = missed(plan, *cell);
    rows.back().push_back(misses.empty() ? "meets all" : misses);
  }
  std::printf("%s\n", text_table(rows).c_str());
}

// Those that no other undercuts in cost and first target both, cheapest first.
std::vector<const Cell*> frontier(const Plan& plan, const std::vector<Cell>& cells) {
  const Target& target = plan.targets.front();
  const auto place = [&](const Cell& cell) {
    const double value = *figure(cell, target.metric);
    return std::pair(*figure(cell, plan.cost), target.below ? value : -value);
  };
  std::vector<const Cell*> told;
  for (const Cell& cell : cells) {
    if (failures(cell) == 0 && figure(cell, plan.cost) && figure(cell, target.metric)) told.push_back(&cell);
  }
  std::ranges::stable_sort(told, {}, [&](const Cell* cell) { return place(*cell); });
  std::vector<const Cell*> kept;
  for (const Cell* cell : told) {
    if (kept.empty() || place(*cell).second < place(*kept.back()).second) kept.push_back(cell);
  }
  return kept;
}

void print_best(const Plan& plan, const Cell& best) {
  std::printf("The least %s that meets all targets: %s\n", plan.cost.c_str(), label(best).c_str());
  std::printf("  try it: tutti-sim run %s", plan.experiment.scenario.c_str());
  for (const std::string& s : plan.experiment.settings) std::printf(" --set '%s'", s.c_str());
  for (const std::string& s : best.settings) std::printf(" --set '%s'", s.c_str());
  std::printf("\n");
}

int refuse(int code, const std::string& why) {
  std::fprintf(stderr, "tutti-sim: %s\n", why.c_str());
  return code;
}

// The ends of every freedom and what lies between are settings that can be: fractions may not.
Result<> check_freedoms(const Plan& plan) {
  for (const Freedom& freedom : plan.freedoms) {
    const double middle = between(freedom, freedom.low, freedom.high);
    const auto checked = check_settings(
        plan.experiment,
        {{setting(freedom, freedom.low)}, {setting(freedom, middle)}, {setting(freedom, freedom.high)}});
    if (!checked) return checked;
  }
  return {};
}

}  // namespace

int run_plan(const Plan& plan) {
  const auto scenario = find_scenario(plan.experiment.scenario, plan.experiment.settings);
  if (!scenario) return refuse(2, scenario.error().message);
  if (const auto checked = check_freedoms(plan); !checked) return refuse(2, checked.error().message);
  std::vector<Cell> tried;
  Progress progress(plan.tries_max * (plan.experiment.last - plan.experiment.first + 1), plan.progress);
  const auto names = columns(plan);
  FinishedCells finished({{scenario->name, configuration_of(*scenario), plan.experiment.command},
                          plan.out,
                          {names.begin(), names.end()},
                          plan.tries_max},
                         progress);
  if (const auto ready = finished.prepare(); !ready)
    return refuse(ready.error().code == ErrorCode::kRefused ? 2 : 3, ready.error().message);
  std::optional<Error> refused;
  Search search(plan.freedoms, plan.tries_max, [&](const std::vector<std::vector<double>>& points) {
    std::vector<std::vector<std::string>> cells;
    for (const auto& point : points) {
      cells.emplace_back();
      for (size_t i = 0; i < point.size(); ++i) cells.back().push_back(setting(plan.freedoms[i], point[i]));
    }
    auto ran = run_cells(
        plan.experiment, cells, progress,
        [&, before = tried.size()](size_t index, const Cell& cell) { finished.add(before + index, cell); });
    std::vector<Search::Try> tries;
    for (size_t i = 0; i < points.size(); ++i) tries.push_back({points[i], false, std::nullopt});
    if (!ran) {
      refused = ran.error();
      return tries;
    }
    for (size_t i = 0; i < points.size(); ++i) {
      tries[i].meets = missed(plan, (*ran)[i]).empty();
      tries[i].cost = figure((*ran)[i], plan.cost);
      tried.push_back(std::move((*ran)[i]));
    }
    return tries;
  });
  search.run();
  progress.clear();
  if (refused) return refuse(2, refused->message);

  std::vector<const Cell*> all;
  for (const Cell& cell : tried) all.push_back(&cell);
  print(plan, "tried", all);
  print(plan, "frontier", frontier(plan, tried));
  const auto best = search.best();
  if (best) print_best(plan, tried[*best]);
  const bool told = std::ranges::any_of(tried, [](const Cell& cell) { return failures(cell) == 0; });
  if (!plan.out.empty()) {
    if (const auto written = finished.finish(); !written) return refuse(3, written.error().message);
    std::printf("report: %s/index.html\n", plan.out.c_str());
  }
  if (best) return 0;
  if (!told) return refuse(3, "no settings were tried under which all runs passed: nothing can be told");
  std::printf("None of %zu settings meets all targets.\n", search.tries().size());
  return 1;
}

}  // namespace tutti::sim
