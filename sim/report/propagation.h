#pragma once

#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sim/report/latency_histogram.h"
#include "storage/base/time.h"
#include "storage/model/version_vector.h"

namespace tutti::sim {

// Which node holds which operations, and how long each took to get there, followed by the nodes' clocks. An
// operation is written where it is first seen. What a disk lost is taken back: an operation that nobody holds
// any more is gone, and no node is behind for it.
class Propagation {
 public:
  explicit Propagation(size_t nodes) : nodes_(nodes) {}

  // The node holds what `clock` names; after a loss that may be less than before.
  void holds(Instant at, size_t node, const VersionVector& clock);
  void up(size_t node, bool is) { nodes_[node].up = is; }
  // From now on the node is to hold everything; before it counts for nothing.
  void takes_part(size_t node);

  // --- now ---
  uint64_t written() const { return written_; }
  // How many operations the node lacks of all that somebody holds.
  uint64_t behind(size_t node) const {
    return nodes_[node].takes_part ? written_ - gone_ - nodes_[node].total : 0;
  }
  bool up(size_t node) const { return nodes_[node].up; }
  // Up, and lacking nothing.
  size_t complete() const;
  // Since when every node is up and lacks nothing.
  std::optional<Instant> complete_since() const { return complete_since_; }
  // To be called after every change of a node's life or clock.
  void settle(Instant at);

  // --- so far ---
  uint64_t gone() const { return gone_; }
  uint64_t reached_all() const { return reached_all_; }
  Instant last_write() const { return last_write_; }
  // From a write to its being visible on each other node; and on the last one.
  const LatencyHistogram& each() const { return each_; }
  const LatencyHistogram& all() const { return all_; }

 private:
  struct Held {
    Instant written;
    uint32_t holders = 0;  // now
    uint32_t reached = 0;  // ever
  };
  struct Node {
    VersionVector clock;
    // What it held before a loss: to see it again is no news. Empty: never lost anything.
    std::optional<VersionVector> ever;
    uint64_t total = 0;
    bool up = false;
    bool takes_part = false;
  };

  void grow(Instant at, Node& node, ActorId actor, Counter from, Counter to);
  void lose(ActorId actor, Counter from, Counter to);

  std::vector<Node> nodes_;
  size_t taking_part_ = 0;
  std::unordered_map<ActorId, std::deque<Held>> operations_;  // [i] has counter i + 1
  uint64_t written_ = 0, gone_ = 0, reached_all_ = 0;
  Instant last_write_{};
  std::optional<Instant> complete_since_;
  LatencyHistogram each_, all_;
};

}  // namespace tutti::sim
