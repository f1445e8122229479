#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "sim/fault.h"
#include "sim/scenario.h"
#include "sim/seed_runner.h"

// The command line; the only room for CLI11. Exit codes: 0 all held, 1 one failed, 2 usage, 3 could not tell.
namespace {

constexpr int kUsage = 2;

// "7" or "1..100".
bool read_seeds(const std::string& text, uint64_t& first, uint64_t& last) {
  const size_t dots = text.find("..");
  const std::string low = text.substr(0, dots),
                    high = dots == std::string::npos ? low : text.substr(dots + 2);
  const auto number = [](const std::string& digits, uint64_t& out) {
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return ec == std::errc() && end == digits.data() + digits.size() && !digits.empty();
  };
  return number(low, first) && number(high, last) && first <= last;
}

int list_faults() {
  for (const auto& kind : tutti::sim::fault_kinds()) {
    std::printf("%-12.*s %.*s\n", static_cast<int>(kind.name.size()), kind.name.data(),
                static_cast<int>(kind.what.size()), kind.what.data());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "The network simulator: real nodes on virtual time, under faults, with every promise checked."};
  app.require_subcommand(1);
  std::string path, seeds = "1";
  std::vector<std::string> settings;
  tutti::sim::SeedRun run;
  auto* command = app.add_subcommand("run", "run a scenario, once for each seed");
  command->add_option("scenario", path, "a scenario file (sim/README.md)")->required();
  command->add_option("--seed,--seeds", seeds, "N, or A..B");
  command->add_option("--set", settings, "key=value: changes one setting of the scenario")
      ->allow_extra_args(false);
  command->add_option("--jobs,-j", run.jobs, "seeds run at the same time")->check(CLI::Range(1, 256));
  command->add_option("--trace", run.trace_path, "writes what happened, line by line; one seed alone");
  auto* faults = app.add_subcommand("faults", "list the kinds of faults");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUsage;
  }
  if (faults->parsed()) return list_faults();

  if (!read_seeds(seeds, run.first, run.last)) {
    std::fprintf(stderr, "tutti-sim: --seeds wants N or A..B, not %s\n", seeds.c_str());
    return kUsage;
  }
  if (!run.trace_path.empty() && run.first != run.last) {
    std::fprintf(stderr, "tutti-sim: --trace is for one seed\n");
    return kUsage;
  }
  auto scenario = tutti::sim::read_scenario(path, settings);
  if (!scenario) {
    std::fprintf(stderr, "tutti-sim: %s\n", scenario.error().message.c_str());
    return kUsage;
  }
  run.scenario = std::move(*scenario);
  run.replay = "tutti-sim run " + path;
  for (const std::string& setting : settings) run.replay += " --set '" + setting + "'";
  return tutti::sim::run_seeds(run);
}
