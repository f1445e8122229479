#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "protocol/commands/command.h"
#include "sim/event_queue.h"
#include "sim/scenario.h"
#include "sim/seeded_random.h"

namespace tutti::sim {

class SimNode;

// Clients that write and read at any node that is up, each through the command path of the doors; now and
// then several commands in one loop turn, and writes that name the dots they replace, as a client that has
// read siblings elsewhere. It judges nothing: checkers watch the nodes.
class Workload {
 public:
  // `nodes` outlives this.
  Workload(const Scenario::WorkloadSettings& settings, EventQueue& queue,
           std::vector<std::unique_ptr<SimNode>>& nodes, uint64_t seed);
  ~Workload();

  void start();
  void stop() { stopped_ = true; }

  uint64_t commands() const { return commands_; }
  // First words of the error replies seen, for eyes: "WRONGTYPE".
  const std::set<std::string>& errors() const { return errors_; }

 private:
  void schedule();
  void act();
  std::string key();
  std::string field() { return "f" + std::to_string(random_.index(6)); }
  std::string value();
  std::vector<std::string> command();
  void run(SimNode& node, const Now& now, const std::vector<std::string>& words);
  void write_with_context(SimNode& node, const Now& now);

  EventQueue& queue_;
  std::vector<std::unique_ptr<SimNode>>& nodes_;
  SeededRandom random_;
  size_t keys_, keys_large_, writers_;
  Duration mean_gap_;
  std::vector<Client> clients_;
  uint64_t commands_ = 0, values_ = 0;
  std::set<std::string> errors_;
  bool stopped_ = false;
};

}  // namespace tutti::sim
