#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/builtin_scenarios.h"
#include "sim/checkers/checker_registry.h"
#include "sim/fault.h"
#include "sim/replay.h"
#include "sim/seed_runner.h"
#include "sim/settings.h"
#include "sim/shrink_command.h"

// The command line; the only room for CLI11. Exit codes: 0 all held, 1 one failed, 2 usage, 3 could not tell.
// A command is a function add_NAME() that says its options and returns what runs it.
namespace {

using namespace tutti::sim;

constexpr int kUsage = 2;
constexpr const char* kSwarm = "swarm";

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
    std::string text = scenario;
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
  tutti::Result<Scenario> find() {
    std::optional<uint64_t> given;
    for (const std::string& word : words) {
      if (const auto number = read_number(word)) {
        given = number;
      } else if (word.starts_with('@')) {
        from_s = std::strtod(word.c_str() + 1, nullptr);
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
  return first <= last;
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
  return [given] {
    auto& [chosen, seeds, run] = *given;
    auto scenario = chosen.find();
    if (!scenario) return usage(scenario.error().message);
    if (seeds.empty()) seeds = std::to_string(scenario->seed.value_or(1));
    if (!read_seeds(seeds, run.first, run.last)) return usage("--seeds wants N or A..B, not " + seeds);
    if (!run.trace_path.empty() && run.first != run.last) return usage("--trace is for one seed");
    run.scenario = std::move(*scenario);
    run.again = chosen.words();
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
    if (command->parsed()) return run();
  }
  return kUsage;
}
