#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "sim/kernel/event_queue.h"
#include "sim/kernel/seeded_random.h"

namespace tutti::sim {

// What faults do to traffic beyond loss and latency (links.h): bursts of repeated, reordered and altered
// datagrams; uplinks of little capacity, on which everything a node sends queues; clogged links, which hold
// what they were given and let it go all at once. While there is none of it nothing is drawn and nothing
// costs.
class Disturbances {
 public:
  using Work = std::move_only_function<void()>;
  // What queues before an uplink at most; datagrams beyond it are lost, streams wait.
  static constexpr double kUplinkQueueBytes = 256u << 10;
  static constexpr size_t kHeldMax = 4096;  // datagrams on a clogged link; more are lost
  static constexpr Duration kReorderMax = std::chrono::milliseconds(500);

  Disturbances(EventQueue& queue, SeededRandom random) : queue_(queue), random_(random) {}

  // --- what faults turn; shares of datagrams, negative ones take away ---
  void duplicate(double share) { duplicate_ += share; }
  void reorder(double share) { reorder_ += share; }
  void corrupt(double share) { corrupt_ += share; }
  // 0: without bound again.
  void limit_uplink(size_t node, double bytes_per_second);
  // One-way; may lie over one another.
  void clog(size_t from, size_t to) { ++clogs_[{from, to}].count; }
  void unclog(size_t from, size_t to);

  // --- what the network asks ---
  bool duplicates() { return random_.chance(duplicate_); }
  Duration reordering();
  // Alters one or a few bits, or not.
  void corrupt(std::string& bytes);
  // How long the bytes wait and take to leave the node; nothing: the queue is full, and a datagram is lost.
  std::optional<Duration> leave(size_t from, size_t bytes, bool may_be_lost);
  bool clogged(size_t from, size_t to) const { return !clogs_.empty() && clogs_.contains({from, to}); }
  // Until the link is free. REQUIRES clogged().
  void hold(size_t from, size_t to, Work work);

  uint64_t corrupted() const { return corrupted_; }

 private:
  struct Uplink {
    double bytes_per_second;
    Instant free_at;
  };
  struct Clog {
    int count = 0;
    std::deque<Work> held;
  };

  EventQueue& queue_;
  SeededRandom random_;
  double duplicate_ = 0, reorder_ = 0, corrupt_ = 0;
  std::map<size_t, Uplink> uplinks_;
  std::map<std::pair<size_t, size_t>, Clog> clogs_;
  uint64_t corrupted_ = 0;
};

}  // namespace tutti::sim
