#include "sim/run/shrink_command.h"

#include <unistd.h>

#include <cstdio>

#include "sim/run/shrink.h"
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/swarm.h"

namespace tutti::sim {
namespace {

void say_progress(size_t events, size_t runs) {
  if (isatty(STDERR_FILENO)) std::fprintf(stderr, "\r%zu events left after %zu runs  ", events, runs);
}

bool write_file(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (!file) return false;
  const bool wrote = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && wrote;
}

std::string comment(const ShrinkCommand& command, const Shrunk& shrunk) {
  std::string what = shrunk.failure.what.substr(0, shrunk.failure.what.find('\n'));
  return "Failed by `" + shrunk.failure.checker + "`: " + what + "\nFound as seed " +
         std::to_string(command.seed) + " of " + command.again + ", " + std::to_string(shrunk.events_before) +
         " events; " + std::to_string(shrunk.events) + " are left.";
}

}  // namespace

int run_shrink(const ShrinkCommand& command) {
  const Scenario scenario =
      command.scenario.swarm ? swarm_variant(command.scenario, command.seed) : command.scenario;
  const auto shrunk = shrink(scenario, command.seed, {command.seconds, say_progress});
  if (isatty(STDERR_FILENO)) std::fprintf(stderr, "\r\n");
  if (!shrunk) {
    std::fprintf(stderr, "tutti-sim: %s\n", shrunk.error().message.c_str());
    return 3;
  }
  if (!*shrunk) {
    std::printf(
        "seed %llu of %s keeps every promise: nothing to shrink%s\n",
        static_cast<unsigned long long>(command.seed), command.again.c_str(),
        scenario.expects.empty() ? "" : " (expectations are figures of a whole run, and are not shrunk)");
    return 1;
  }
  const std::string path =
      command.out.empty() ? "shrunk-" + std::to_string(command.seed) + ".toml" : command.out;
  if (!write_file(path, write_scenario((*shrunk)->scenario, comment(command, **shrunk)))) {
    std::fprintf(stderr, "tutti-sim: cannot write %s\n", path.c_str());
    return 3;
  }
  const Shrunk& s = **shrunk;
  std::printf("%zu of %zu events are left (%zu strikes, %zu commands), %.0f nodes, after %zu runs\n",
              s.events, s.events_before, s.scenario.faults.size(), s.scenario.commands.size(),
              s.scenario.cluster.nodes.low, s.runs);
  std::printf("  checker: %s\n  what: %s\n  replay: tutti-sim replay %s\n", s.failure.checker.c_str(),
              s.failure.what.c_str(), path.c_str());
  return 0;
}

}  // namespace tutti::sim
