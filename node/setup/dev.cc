#include "node/setup/dev.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <vector>

#include "node/io/socket_address.h"
#include "node/io/system_clock.h"
#include "node/io/system_random.h"
#include "node/setup/authority.h"
#include "node/setup/blocking_stream.h"
#include "node/setup/child_process.h"
#include "node/setup/data_directory.h"
#include "node/setup/endpoint.h"
#include "node/setup/init.h"
#include "node/setup/join.h"

namespace tutti {

namespace fs = std::filesystem;

namespace {

constexpr uint16_t kPortsApart = 10;
constexpr uint16_t kNextTry = 100;
constexpr uint64_t kTokenLifeMs = 60'000;
constexpr Duration kStartPatience = std::chrono::seconds(20);

struct DevNode {
  fs::path directory;
  DataDirectory contents;
  pid_t pid = -1;
};

Address loopback(uint16_t port) {
  Address address = *parse_address("127.0.0.1:0");
  address.port = port;
  return address;
}

bool is_free(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_storage at = system_address(loopback(port));
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof(sockaddr_in)) == 0;
  close(fd);
  return bound;
}

// The first port from `base` on with three free ports for every node.
Outcome<uint16_t> free_base(uint16_t base, size_t nodes) {
  for (uint32_t from = base; from + kPortsApart * nodes < 65'536; from += kNextTry) {
    bool all = true;
    for (size_t i = 0; all && i < nodes; ++i) {
      for (uint16_t door = 0; door < 3; ++door) {
        all = all && is_free(static_cast<uint16_t>(from + kPortsApart * i + door));
      }
    }
    if (all) return static_cast<uint16_t>(from);
  }
  return failure(ExitCode::kUnreachable, "There are not enough free ports from --port on.");
}

Config config_of(size_t number, uint16_t base) {
  const auto port = static_cast<uint16_t>(base + kPortsApart * (number - 1));
  Config config;
  config.name = fmt::format("node-{}", number);
  config.listen = to_string(loopback(port));
  config.resp = to_string(loopback(static_cast<uint16_t>(port + 1)));
  config.http = to_string(loopback(static_cast<uint16_t>(port + 2)));
  return config;
}

bool is_node(const fs::path& directory) {
  std::error_code failed;
  return fs::exists(directory / "tutti.toml", failed);
}

Outcome<std::string> token_of(const DevNode& first) {
  const NodeFiles& files = first.contents.files;
  if (!files.cluster_seed) {
    return failure(ExitCode::kTrouble,
                   first.directory.string() + " has no cluster.key: nobody else can be invited.");
  }
  const auto address = resolve_endpoint(first.contents.config.listen);
  if (!address) return failure(ExitCode::kUsage, address.error());
  TokenTerms terms{.expires_ms = read_clocks().wall_ms() + kTokenLifeMs,
                   .roles = static_cast<Roles>(Role::kReplica)};
  SystemRandom().fill(terms.id);
  return to_text(JoinToken::issue(*files.cluster_seed, terms, {{*address, files.keys.x25519_public}}));
}

Outcome<> start(DevNode& node) {
  auto contents = load_directory(node.directory);
  if (!contents) return std::unexpected(contents.error());
  node.contents = *std::move(contents);
  const auto address = resolve_endpoint(node.contents.config.resp);
  if (!address) return failure(ExitCode::kUsage, address.error());
  node.pid = spawn_self({"run", "--data", node.directory.string(), "--log", "warn"});
  if (node.pid < 0)
    return failure(ExitCode::kTrouble, "Cannot start a process for " + node.directory.string() + ".");
  const Instant deadline = read_clocks().mono + kStartPatience;
  while (!BlockingStream::connect(*address, deadline)) {
    if (has_ended(node.pid)) {
      node.pid = -1;
      return failure(ExitCode::kTrouble,
                     node.contents.config.name + " did not start; its reason stands above.");
    }
    if (read_clocks().mono > deadline) {
      return failure(ExitCode::kTrouble, node.contents.config.name + " did not start in time.");
    }
    const timespec pause{.tv_sec = 0, .tv_nsec = 20'000'000};
    nanosleep(&pause, nullptr);
  }
  return {};
}

Outcome<> start_all(const DevOptions& options, std::vector<DevNode>& nodes) {
  Outcome<uint16_t> base = options.port;
  for (size_t i = 1; i <= options.nodes; ++i) {
    if (!is_node(options.directory / fmt::format("node-{}", i))) {
      base = free_base(options.port, options.nodes);
      break;
    }
  }
  if (!base) return std::unexpected(base.error());
  for (size_t number = 1; number <= options.nodes; ++number) {
    DevNode node{.directory = options.directory / fmt::format("node-{}", number), .contents = {}};
    if (!is_node(node.directory)) {
      Outcome<Key32> made;
      if (number == 1) {
        made = init_cluster(node.directory, config_of(number, *base));
      } else {
        const auto token = token_of(nodes.front());
        if (!token) return std::unexpected(token.error());
        made = join_cluster(*token, node.directory, config_of(number, *base));
      }
      if (!made) return std::unexpected(made.error());
    }
    nodes.push_back(std::move(node));
    if (auto ok = start(nodes.back()); !ok) return ok;
  }
  return {};
}

void print_cluster(const std::vector<DevNode>& nodes) {
  fmt::print("A cluster of {}: {}\n\n", nodes.size(),
             cluster_id_text(nodes.front().contents.files.cluster.public_key));
  for (const DevNode& node : nodes) {
    const Config& config = node.contents.config;
    fmt::print("  {}  pid {:<7}  redis-cli -p {:<5}  members {}  {}\n", config.name, node.pid,
               config.resp.substr(config.resp.rfind(':') + 1), config.listen, node.directory.string());
  }
  fmt::print(
      "\nWrite on one, read on another. Ctrl-C stops all; the same command brings them back with their "
      "data.\n");
  std::fflush(stdout);
}

void stop_all(std::vector<DevNode>& nodes) {
  for (const DevNode& node : nodes) {
    if (node.pid > 0) kill(node.pid, SIGTERM);
  }
  for (DevNode& node : nodes) {
    if (node.pid > 0) waitpid(std::exchange(node.pid, -1), nullptr, 0);
  }
}

// Prints which children ended; true while one runs.
bool tell_ended(std::vector<DevNode>& nodes) {
  bool any = false;
  for (DevNode& node : nodes) {
    if (node.pid > 0 && has_ended(node.pid)) {
      fmt::print("{} (pid {}) ended. Bring it back with: tuttid run --data {}\n", node.contents.config.name,
                 node.pid, node.directory.string());
      std::fflush(stdout);
      node.pid = -1;
    }
    any = any || node.pid > 0;
  }
  return any;
}

}  // namespace

Outcome<> run_dev_cluster(const DevOptions& options) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);

  std::vector<DevNode> nodes;
  const auto started = start_all(options, nodes);
  if (started) {
    print_cluster(nodes);
    int number = 0;
    do {
      sigwait(&signals, &number);
    } while (number == SIGCHLD && tell_ended(nodes));
  }
  stop_all(nodes);
  return started;
}

}  // namespace tutti
