#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sim/seeded_random.h"
#include "storage/time.h"

namespace tutti::sim {

// How packets fare on every link by default. Probabilities are per packet.
struct LinkQuality {
  Duration latency_min = std::chrono::microseconds(200);
  Duration latency_max = std::chrono::milliseconds(5);
  double loss = 0;
  double duplicate = 0;
  double reorder = 0;  // share of packets held back for up to `reorder_delay`
  Duration reorder_delay = std::chrono::milliseconds(50);
  double bytes_per_second = 0;  // of a stream, each way; 0: without bound
};

// The one-way links between every two nodes: how long a packet takes, whether it gets through. Faults lay
// blocks and extra loss over them and take them away again; they may overlap.
class Links {
 public:
  Links(size_t nodes, const LinkQuality& quality, SeededRandom random);

  void block(size_t from, size_t to) { ++at(from, to).blocks; }
  void unblock(size_t from, size_t to) { --at(from, to).blocks; }
  bool blocked(size_t from, size_t to) const { return at(from, to).blocks > 0; }
  // Added to the default loss and latency; negative amounts take it away.
  void degrade(size_t from, size_t to, double loss, Duration latency);

  // One packet's travel time, or nothing where it is lost.
  std::optional<Duration> packet(size_t from, size_t to);
  // A stream's chunk is never lost: a lost packet costs a retransmission.
  Duration chunk(size_t from, size_t to, size_t bytes);
  bool duplicates() { return random_.chance(quality_.duplicate); }

  size_t nodes() const { return nodes_; }
  SeededRandom& random() { return random_; }

 private:
  struct Link {
    int blocks = 0;
    double loss = 0;
    Duration latency{0};
  };
  Link& at(size_t from, size_t to) { return links_[from * nodes_ + to]; }
  const Link& at(size_t from, size_t to) const { return links_[from * nodes_ + to]; }
  Duration latency(const Link& link);

  size_t nodes_;
  LinkQuality quality_;
  SeededRandom random_;
  std::vector<Link> links_;
};

}  // namespace tutti::sim
