#include "sim/plans/cell_runner.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "sim/report/progress.h"
#include "sim/report/run_recorder.h"
#include "sim/run/seed_runner.h"
#include "sim/scenario/builtin_scenarios.h"
#include "sim/scenario/swarm.h"
#include "sim/world/world.h"

namespace tutti::sim {
namespace {

Result<std::vector<Scenario>> read_all(const Experiment& experiment,
                                       const std::vector<std::vector<std::string>>& cells) {
  std::vector<Scenario> scenarios;
  for (const auto& cell : cells) {
    std::vector<std::string> settings = experiment.settings;
    settings.insert(settings.end(), cell.begin(), cell.end());
    auto scenario = find_scenario(experiment.scenario, settings);
    if (!scenario) return std::unexpected(scenario.error());
    if (experiment.swarm) scenario->swarm = true;
    scenarios.push_back(std::move(*scenario));
  }
  return scenarios;
}

Outcome run_one(const Scenario& given, uint64_t seed) {
  const Scenario scenario = given.swarm ? swarm_variant(given, seed) : given;
  RunRecorder recorder(expected_length(scenario));
  World world(scenario, seed, &recorder);
  const RunReport report = world.run();
  return outcome_of(report, recorder);
}

}  // namespace

Result<> check_settings(const Experiment& experiment, const std::vector<std::vector<std::string>>& cells) {
  const auto scenarios = read_all(experiment, cells);
  return scenarios ? Result<>{} : std::unexpected(scenarios.error());
}

Result<std::vector<Cell>> run_cells(const Experiment& experiment,
                                    const std::vector<std::vector<std::string>>& cells, Progress& progress,
                                    const CellDone& done) {
  const auto scenarios = read_all(experiment, cells);
  if (!scenarios) return std::unexpected(scenarios.error());
  const size_t seeds = experiment.last - experiment.first + 1;
  std::vector<Cell> made;
  for (const auto& settings : cells) made.push_back({settings, std::vector<Outcome>(seeds)});
  // Every run has a place of its own to write to.
  std::atomic<size_t> next = 0;
  std::vector<std::atomic<size_t>> to_come(cells.size());
  for (auto& left : to_come) left = seeds;
  std::mutex mutex;
  const auto work = [&] {
    for (size_t i; (i = next++) < cells.size() * seeds;) {
      Outcome outcome = run_one((*scenarios)[i / seeds], experiment.first + i % seeds);
      progress.run_done(!outcome.failure.empty());
      Cell& cell = made[i / seeds];
      cell.outcomes[i % seeds] = std::move(outcome);
      if (--to_come[i / seeds] > 0) continue;
      const std::lock_guard lock(mutex);
      done(i / seeds, cell);
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < experiment.jobs; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  return made;
}

}  // namespace tutti::sim
