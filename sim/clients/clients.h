#pragma once

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "protocol/commands/command.h"
#include "sim/kernel/event_queue.h"
#include "sim/kernel/scenario.h"
#include "sim/watch/trace.h"

namespace tutti::sim {

class History;
class Judge;
class ProbeClients;
class SimNode;
class Verdict;

// The clients of a run: they give commands to nodes through the command path of the doors, and hear the
// replies. What is asked, of whom and when comes from a Workload or from a scenario's [[command]]s.
//
// Beside the commands of the table one more: "@replacing KEY NODE VALUE [KEY NODE VALUE ...]" writes the
// keys' registers in one operation, each replacing exactly what NODE (its number) shows of it, as a
// client does that has read siblings elsewhere. A node refuses what names more than it has seen itself.
class Clients {
 public:
  // All outlive this. `replies`: the share of the replies that are judged.
  Clients(EventQueue& queue, const Trace& trace, const History& history,
          std::vector<std::unique_ptr<SimNode>>& nodes, Verdict& verdict, double replies, uint64_t seed);
  ~Clients();

  // One loop turn at one node. REQUIRES a non-empty span whose entries name the same node, a node there is.
  // Where it is down nothing happens.
  void perform(std::span<const CommandSpec> turn);
  // Each at its moment; those of one node and moment together. REQUIRES their nodes to be there; `commands`
  // outlives the run.
  void schedule(const std::vector<CommandSpec>& commands);

  // From now on what was asked is kept, with its moment: a script that does the same again.
  void record() { recording_ = true; }
  const std::vector<CommandSpec>& recorded() const { return recorded_; }

  // First words of the error replies seen, for eyes: "WRONGTYPE".
  const std::set<std::string>& errors() const { return errors_; }

 private:
  // `fetches`: how often this command has waited for the disk.
  void run(SimNode& node, const Now& now, const CommandSpec& command, unsigned fetches = 0);
  // Off the loop; then, in a turn of its own, the command is given again.
  void fetch(SimNode& node, const CommandSpec& command, const FetchRequest& request, unsigned fetches);
  void write_replacing(SimNode& node, const Now& now, std::span<const std::string> words);
  Client& client(size_t index);

  EventQueue& queue_;
  const Trace& trace_;
  std::unique_ptr<Judge> judge_;          // which knows some commands more, judge.h
  std::unique_ptr<ProbeClients> probes_;  // theirs: probe_clients.h says which commands
  std::vector<std::unique_ptr<SimNode>>& nodes_;
  std::vector<std::unique_ptr<Client>> clients_;
  unsigned fetches_ = 0;
  bool recording_ = false;
  std::vector<CommandSpec> recorded_;
  std::set<std::string> errors_;
};

}  // namespace tutti::sim
