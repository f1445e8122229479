#pragma once

#include <array>
#include <string>
#include <vector>

#include "sim/clients/clients.h"
#include "sim/kernel/event_queue.h"
#include "sim/kernel/scenario.h"
#include "sim/kernel/seeded_random.h"

namespace tutti::sim {

// Draws what clients ask, of which node and when: writes and reads of every type, at any node, sometimes
// several commands in one loop turn. It judges nothing: checkers watch the nodes.
class Workload {
 public:
  // `queue` and `clients` outlive this. `nodes`: how many there are.
  Workload(const Scenario::WorkloadSettings& settings, EventQueue& queue, Clients& clients, size_t nodes,
           uint64_t seed);

  void start();
  void stop() { stopped_ = true; }

 private:
  static constexpr size_t kClasses = 9;
  using Words = std::vector<std::string>;

  void schedule();
  void act();
  Words command();
  Words replacing();
  Words register_write();
  Words expiry();
  Words deletion();
  Words counter();
  Words hash();
  Words set();
  Words transaction();
  Words read();
  std::string key();
  Words large_hash();
  Words scan();
  std::string any_key();
  std::string life();
  std::string field() { return "f" + std::to_string(random_.index(6)); }
  std::string value();

  EventQueue& queue_;
  Clients& clients_;
  size_t nodes_;
  size_t writers_;  // the first `writers_` nodes are asked
  SeededRandom random_;
  size_t keys_, keys_large_, value_bytes_;
  Range lives_ms_;
  Duration mean_gap_{0};
  size_t client_count_ = 1;
  std::array<double, kClasses> weights_{};
  double contexts_ = 0;
  uint64_t values_ = 0;
  bool stopped_ = false;
};

}  // namespace tutti::sim
