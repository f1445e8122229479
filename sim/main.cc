#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/checkers/checker_registry.h"
#include "sim/faults/fault.h"
#include "sim/plans/compare.h"
#include "sim/plans/plan.h"
#include "sim/plans/sweep.h"
#include "sim/report/progress.h"
#include "sim/run/replay.h"
#include "sim/run/seed_runner.h"
#include "sim/run/shrink_command.h"
#include "sim/scenario/builtin_scenarios.h"
#include "sim/scenario/settings.h"
#include "storage/base/version.h"

// The command line; the only room for CLI11. Exit codes: 0 all held, 1 one failed, 2 usage, 3 could not tell.
// A command is a function add_NAME() that says its options and returns what runs it.
namespace {

using namespace tutti::sim;

constexpr int kUsage = 2;
constexpr const char* kSwarm = "swarm";
// What needs no quotes in a shell.
constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-+";
constexpr uint64_t kSeedMax = uint64_t{1} << 62;

using Run = std::function<int()>;
using Commands = std::vector<std::pair<CLI::App*, Run>>;

int usage(const std::string& what) {
  std::fprintf(stderr, "tutti-sim: %s\n", what.c_str());
  return kUsage;
}

std::optional<uint64_t> read_number(const std::string& digits) {
  uint64_t number = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (ec != std::errc() || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
  return number;
}

// Which scenario, and what of it is changed: common to all commands that run one.
struct Chosen {
  std::string scenario = kSwarm;
  std::vector<std::string> settings;
  bool swarm = false;

  void add_to(CLI::App& app) {
    app.add_option("--set", settings, "key=value: changes one setting of the scenario")
        ->allow_extra_args(false);
    app.add_flag("--swarm", swarm, "every seed draws its own variant of the scenario");
  }
  tutti::Result<Scenario> find() const {
    auto found = find_scenario(scenario, settings);
    if (found && swarm) found->swarm = true;
    return found;
  }
  // As it stands on a command line.
  std::string words() const {
    const bool plain = scenario.find_first_not_of(kPlain) == std::string::npos;
    std::string text = plain ? scenario : "'" + scenario + "'";
    if (swarm) text += " --swarm";
    for (const std::string& setting : settings) text += " --set '" + setting + "'";
    return text;
  }
};

// "[SCENARIO] SEED [@SECONDS]": what replay and shrink are given.
struct ChosenRun {
  Chosen chosen;
  std::vector<std::string> words;
  uint64_t seed = 1;
  double from_s = 0;

  void add_to(CLI::App& app) {
    app.add_option("what", words, "[SCENARIO] SEED [@SECONDS]; without a scenario: swarm")->required();
    chosen.add_to(app);
  }
  static std::unexpected<tutti::Error> wrong(const std::string& what) {
    return tutti::error(tutti::ErrorCode::kMalformed, what);
  }
  tutti::Result<Scenario> find() {
    std::optional<uint64_t> given;
    for (const std::string& word : words) {
      if (const auto number = read_number(word)) {
        if (given) return wrong("two seeds, " + std::to_string(*given) + " and " + word);
        given = number;
      } else if (word.starts_with('@')) {
        char* end = nullptr;
        from_s = std::strtod(word.c_str() + 1, &end);
        if (*end != 0 || word.size() == 1 || !(from_s >= 0)) return wrong(word + " is no moment; @12.5 is");
      } else {
        chosen.scenario = word;
      }
    }
    auto found = chosen.find();
    if (found && !given && !found->seed)
      return tutti::error(
          tutti::ErrorCode::kMalformed,
          "which seed? Give its number behind the scenario: tutti-sim replay " + chosen.scenario + " 1");
    if (found) seed = given ? *given : *found->seed;
    return found;
  }
};

// "7" or "1..100".
bool read_seeds(const std::string& text, uint64_t& first, uint64_t& last) {
  const size_t dots = text.find("..");
  const auto low = read_number(text.substr(0, dots));
  const auto high = dots == std::string::npos ? low : read_number(text.substr(dots + 2));
  if (!low || !high) return false;
  first = *low;
  last = *high;
  return first <= last && last <= kSeedMax;
}

Run add_run(CLI::App& app) {
  struct Given {
    Chosen chosen;
    std::string seeds;
    SeedRun run;
  };
  auto given = std::make_shared<Given>();
  app.add_option("scenario", given->chosen.scenario,
                 "a scenario file, or the name of one that ships (tutti-sim scenarios)");
  app.add_option("--seed,--seeds", given->seeds, "N, or A..B");
  given->chosen.add_to(app);
  app.add_option("--jobs,-j", given->run.jobs, "seeds run at the same time")->check(CLI::Range(1, 256));
  app.add_option("--trace", given->run.trace_path, "writes what happened, line by line; one seed alone");
  app.add_option("--out", given->run.out, "a folder for the report: HTML page, CSV, events, manifest");
  app.add_flag("--progress", given->run.progress, "shows on stderr how far it is, as on a terminal");
  return [given] {
    auto& [chosen, seeds, run] = *given;
    auto scenario = chosen.find();
    if (!scenario) return usage(scenario.error().message);
    if (seeds.empty()) seeds = std::to_string(scenario->seed.value_or(1));
    if (!read_seeds(seeds, run.first, run.last)) return usage("--seeds wants N or A..B, not " + seeds);
    if (!run.trace_path.empty() && run.first != run.last) return usage("--trace is for one seed");
    run.scenario = std::move(*scenario);
    run.again = chosen.words();
    run.progress = run.progress || stderr_is_terminal();
    return run_seeds(run);
  };
}

Run add_replay(CLI::App& app) {
  struct Given {
    ChosenRun run;
    ReplayOptions options;
    std::optional<size_t> node;
  };
  auto given = std::make_shared<Given>();
  given->run.add_to(app);
  app.add_option("--node", given->node, "only what happens at this node (its number)");
  app.add_option("--key", given->options.key, "only what touches this key");
  return [given] {
    const auto scenario = given->run.find();
    if (!scenario) return usage(scenario.error().message);
    given->options.node = given->node;
    given->options.from_s = given->run.from_s;
    return replay(*scenario, given->run.seed, given->options);
  };
}

Run add_shrink(CLI::App& app) {
  struct Given {
    ChosenRun run;
    ShrinkCommand command;
  };
  auto given = std::make_shared<Given>();
  given->run.add_to(app);
  app.add_option("--out", given->command.out, "the scenario file to write; else shrunk-SEED.toml");
  app.add_option("--seconds", given->command.seconds, "real time to spend at most")
      ->check(CLI::Range(1.0, 86400.0));
  return [given] {
    const auto scenario = given->run.find();
    if (!scenario) return usage(scenario.error().message);
    given->command.scenario = *scenario;
    given->command.seed = given->run.seed;
    given->command.again = given->run.chosen.words();
    return run_shrink(given->command);
  };
}

// What the commands that run a scenario many times have in common.
struct ChosenExperiment {
  Chosen chosen;
  std::string seeds;
  Experiment experiment;
  bool progress = false;

  void add_to(CLI::App& app, const std::string& seeds_by_default) {
    seeds = seeds_by_default;
    app.add_option("scenario", chosen.scenario, "a scenario file, or the name of one that ships")->required();
    app.add_option("--seed,--seeds", seeds, "N, or A..B; else " + seeds_by_default);
    chosen.add_to(app);
    app.add_option("--jobs,-j", experiment.jobs, "runs at the same time")->check(CLI::Range(1, 256));
    app.add_flag("--progress", progress, "shows on stderr how far it is, as on a terminal");
  }
  // False: the seeds cannot be read. `rest` is what else the command was given.
  bool read(const std::string& name, const std::string& rest) {
    experiment.scenario = chosen.scenario;
    experiment.settings = chosen.settings;
    experiment.swarm = chosen.swarm;
    experiment.command = "tutti-sim " + name + " " + chosen.words() + rest + " --seeds " + seeds;
    progress = progress || stderr_is_terminal();
    return read_seeds(seeds, experiment.first, experiment.last);
  }
};

std::string options_again(const char* name, const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += std::string(" ") + name + " '" + value + "'";
  return text;
}

Run add_sweep(CLI::App& app) {
  struct Given {
    ChosenExperiment experiment;
    std::vector<std::string> grid;
    Sweep sweep;
  };
  auto given = std::make_shared<Given>();
  given->experiment.add_to(app, "1..5");
  app.add_option("--grid", given->grid, "key=value,value,...: any setting; several make a grid")
      ->required()
      ->allow_extra_args(false);
  app.add_option("--out", given->sweep.out, "a folder for the table: HTML page, CSV, manifest");
  return [given] {
    auto& [experiment, grid, sweep] = *given;
    if (!experiment.read("sweep", options_again("--grid", grid)))
      return usage("--seeds wants N or A..B, not " + experiment.seeds);
    for (const std::string& text : grid) {
      auto axis = read_grid_axis(text);
      if (!axis) return usage(axis.error().message);
      sweep.axes.push_back(std::move(*axis));
    }
    sweep.experiment = experiment.experiment;
    sweep.progress = experiment.progress;
    return run_sweep(sweep);
  };
}

Run add_compare(CLI::App& app) {
  auto folders = std::make_shared<std::pair<std::string, std::string>>();
  app.add_option("a", folders->first, "a folder of a run, of seeds or of a sweep")->required();
  app.add_option("b", folders->second, "another")->required();
  return [folders] { return compare_folders(folders->first, folders->second); };
}

Run add_plan(CLI::App& app) {
  struct Given {
    ChosenExperiment experiment;
    std::vector<std::string> targets, vary;
    Plan plan;
  };
  auto given = std::make_shared<Given>();
  given->experiment.add_to(app, "1..3");
  app.add_option("--target", given->targets, "metric<number or metric>number, such as latency_p99_ms<2000")
      ->required()
      ->allow_extra_args(false);
  app.add_option("--vary", given->vary, "key=low..high: a setting it may choose")
      ->required()
      ->allow_extra_args(false);
  app.add_option("--cost", given->plan.cost, "the metric to make least; else bytes_per_node_s");
  app.add_option("--tries", given->plan.tries_max, "settings tried at most; else 60")
      ->check(CLI::Range(1, 10000));
  app.add_option("--out", given->plan.out, "a folder for what was tried: HTML page, CSV, manifest");
  return [given] {
    auto& [experiment, targets, vary, plan] = *given;
    if (!experiment.read("plan", options_again("--target", targets) + options_again("--vary", vary)))
      return usage("--seeds wants N or A..B, not " + experiment.seeds);
    plan.experiment = experiment.experiment;
    plan.progress = experiment.progress;
    if (!find_metric_kind(plan.cost)) return usage("--cost: no metric is called " + plan.cost);
    for (const std::string& text : targets) {
      auto target = read_target(text);
      if (!target) return usage(target.error().message);
      plan.targets.push_back(std::move(*target));
    }
    for (const std::string& text : vary) {
      auto freedom = read_freedom(text);
      if (!freedom) return usage(freedom.error().message);
      plan.freedoms.push_back(std::move(*freedom));
    }
    return run_plan(plan);
  };
}

int list_faults() {
  for (const auto& kind : fault_kinds()) {
    std::printf("%-14.*s %.*s\n", static_cast<int>(kind.name.size()), kind.name.data(),
                static_cast<int>(kind.what.size()), kind.what.data());
  }
  return 0;
}

int list_checkers() {
  for (const auto& kind : checker_kinds()) {
    std::printf("%-14.*s %.*s\n", static_cast<int>(kind.name.size()), kind.name.data(),
                static_cast<int>(kind.what.size()), kind.what.data());
  }
  return 0;
}

int list_scenarios() {
  for (const auto& scenario : builtin_scenarios()) {
    std::printf("%-14.*s %s\n", static_cast<int>(scenario.name.size()), scenario.name.data(),
                first_words(scenario.text).c_str());
  }
  return 0;
}

int list_settings() {
  const Scenario defaults;
  for (const auto& spec : setting_specs())
    std::printf("%-32s %s\n", spec.path.c_str(), spec.write(defaults).c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "The network simulator: real nodes on virtual time, under faults, with every promise checked."};
  app.set_version_flag("--version", tutti::version());
  app.require_subcommand(1);
  Commands commands;
  const auto add = [&](const char* name, const char* what, const auto& make) {
    CLI::App* command = app.add_subcommand(name, what);
    commands.emplace_back(command, make(*command));
  };
  const auto plain = [](int (*list)()) { return [list](CLI::App&) { return Run(list); }; };
  add("run", "run a scenario, once for each seed", add_run);
  add("replay", "tell what happens in one run, event by event", add_replay);
  add("shrink", "find the fewest events that still fail, and write them down as a scenario", add_shrink);
  add("sweep", "run a scenario over a grid of settings, and tabulate", add_sweep);
  add("compare", "tell what differs between two folders that --out left", add_compare);
  add("plan", "search for the cheapest settings that meet targets", add_plan);
  add("scenarios", "list the scenarios that ship", plain(list_scenarios));
  add("faults", "list the kinds of faults", plain(list_faults));
  add("checkers", "list what is checked; --set 'checks.off=[\"NAME\"]' leaves one out", plain(list_checkers));
  add("settings", "list the settings of a scenario, with their defaults", plain(list_settings));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUsage;
  }
  for (const auto& [command, run] : commands) {
    if (!command->parsed()) continue;
    const int code = run();
    // What could not be said cannot be relied on.
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    std::fprintf(stderr, "tutti-sim: cannot write to standard output\n");
    return 3;
  }
  return kUsage;
}
