#pragma once

#include <optional>
#include <span>
#include <string>

#include "sim/checkers/probes.h"
#include "sim/clients/clients.h"
#include "sim/kernel/event_queue.h"
#include "sim/kernel/scenario.h"
#include "sim/kernel/seeded_random.h"
#include "sim/truth/verdict.h"

namespace tutti::sim {

// Clients that judge what they read, besides the clients of the workload. Their keys are their own: of all
// other commands only FLUSHALL touches them. Their commands, which scripts may hold too:
//
//   @pair-write PAIR VALUE   both keys of a pair in one MSET
//   @pair-read PAIR          both in one turn: `atomic`
//   @session-write SESSION   the next number, where the node's clock covers the session's token
//   @session-read SESSION OF the key of another, or its own, likewise: `sessions`
class ProbeClients {
 public:
  // All outlive this.
  ProbeClients(EventQueue& queue, Verdict& verdict) : queue_(queue), verdict_(verdict) {}

  static bool knows(const std::string& word) {
    return word.starts_with("@pair") || word.starts_with("@session");
  }
  void run(SimNode& node, const Now& now, std::span<const std::string> words);
  // A FLUSHALL was given: from now on keys may be gone.
  void flushed() { flushed_ = true; }

 private:
  using Words = std::vector<std::string>;
  std::string ask(SimNode& node, const Now& now, const Words& words);
  bool get(SimNode& node, const Now& now, const std::string& key, std::optional<std::string>& value);
  void read_pair(SimNode& node, const Now& now, const std::string& pair);
  void write_session(SimNode& node, const Now& now, size_t session);
  void read_session(SimNode& node, const Now& now, size_t session, size_t of);

  EventQueue& queue_;
  Verdict& verdict_;
  Client client_;
  Sessions sessions_;
  bool flushed_ = false;
};

// Draws what probe clients ask, from a generator of its own, until stopped.
class ProbeWorkload {
 public:
  ProbeWorkload(const Scenario& scenario, EventQueue& queue, Clients& clients, size_t nodes, uint64_t seed);
  void start();
  void stop() { stopped_ = true; }

 private:
  void schedule();

  EventQueue& queue_;
  Clients& clients_;
  size_t nodes_;
  size_t writers_;  // the first `writers_` nodes are written at
  SeededRandom random_;
  Duration mean_gap_{0};
  uint64_t values_ = 0;
  bool stopped_ = false;
};

}  // namespace tutti::sim
