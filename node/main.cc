#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "node/daemon.h"
#include "node/setup/config.h"
#include "node/setup/data_directory.h"
#include "node/setup/dev.h"
#include "node/setup/init.h"
#include "node/setup/join.h"
#include "storage/base/version.h"
#include "storage/crypto/os_random.h"

namespace tutti {
namespace {

// One line each to standard error, in UTC.
void open_log(const std::string& level) {
  auto log = spdlog::stderr_logger_mt("tuttid");
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(log);
  spdlog::set_level(spdlog::level::from_str(level));
}

std::string host_name() {
  char name[65] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "node";
}

// A command's outcome for the shell.
int finish(const Outcome<>& outcome) {
  if (outcome) return static_cast<int>(ExitCode::kDone);
  fmt::print(stderr, "tuttid: {}\n", outcome.error().message);
  return static_cast<int>(outcome.error().exit);
}

Outcome<> tell_made(const Outcome<Key32>& made, const std::string& directory) {
  if (!made) return std::unexpected(made.error());
  fmt::print("{}\n", cluster_id_text(*made));
  fmt::print(stderr, "Start it with: tuttid run --data {}\n", directory);
  return {};
}

Outcome<> run(const std::string& directory, const std::string& log, bool accept_loss) {
  auto contents = load_directory(directory);
  if (!contents) return std::unexpected(contents.error());
  if (auto ok = check_config(contents->config); !ok) return ok;
  open_log(log.empty() ? contents->config.log : log);
  return run_node(directory, *contents, accept_loss);
}

// The flags of init and join: what goes into tutti.toml.
void add_config_flags(CLI::App& command, Config& config, std::string& directory) {
  command.add_option("--data", directory, "the node's directory; must not exist yet, or be empty")
      ->required();
  command.add_option("--name", config.name, "for lists of members; the host's name by default");
  command.add_option("--listen", config.listen, "where members reach it, UDP and TCP")->capture_default_str();
  command.add_option("--advertise", config.advertise, "the address others dial, if it is not --listen");
  command.add_option("--resp", config.resp, "the door for Redis clients")->capture_default_str();
  command.add_option("--http", config.http, "kept for the HTTP door, which this version does not open yet")
      ->capture_default_str();
  command.add_option("--password", config.password,
                     "the clients' password; needed for doors beyond loopback");
}

int main(int argc, char** argv) {
  CLI::App app{"tuttid: a node of a tutti cluster. Everybody plays, nobody conducts.", "tuttid"};
  app.set_version_flag("--version", std::string("tuttid ") + version());
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 2 usage, 3 cannot reach or not allowed, 4 data or disk trouble.");

  Config config;
  config.name = host_name();
  std::string directory, token, log;
  DevOptions dev;

  CLI::App* init =
      app.add_subcommand("init", "make a new cluster and its first node; prints the cluster's id");
  add_config_flags(*init, config, directory);
  CLI::App* join = app.add_subcommand("join", "become a member, with a token from TUTTI.INVITE");
  join->add_option("TOKEN", token, "the invitation")->required();
  add_config_flags(*join, config, directory);
  CLI::App* run_command = app.add_subcommand("run", "run a node until SIGTERM or SIGINT");
  run_command->add_option("--data", directory, "the node's directory")->required();
  run_command->add_option("--log", log, "overrides `log` in tutti.toml")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  bool accept_loss = false;
  run_command->add_flag(
      "--accept-loss", accept_loss,
      "start though the store has lost data, or is gone; what other members have comes back");
  CLI::App* dev_command = app.add_subcommand("dev", "run a whole cluster on this machine, for trying out");
  dev_command->add_option("--nodes", dev.nodes, "how many")->check(CLI::Range(1, 9))->capture_default_str();
  dev_command->add_option("--data", dev.directory, "where their directories go")->capture_default_str();
  dev_command->add_option("--port", dev.port, "of the first node")->capture_default_str();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& bad) {
    return app.exit(bad) == 0 ? static_cast<int>(ExitCode::kDone) : static_cast<int>(ExitCode::kUsage);
  }
  init_crypto();
  if (run_command->parsed()) return finish(run(directory, log, accept_loss));
  if (dev_command->parsed()) return finish(run_dev_cluster(dev));
  if (auto ok = check_config(config); !ok) return finish(ok);
  return finish(tell_made(
      init->parsed() ? init_cluster(directory, config) : join_cluster(token, directory, config), directory));
}

}  // namespace
}  // namespace tutti

int main(int argc, char** argv) { return tutti::main(argc, argv); }
