#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "sim/kernel/seeded_random.h"
#include "sim/network/link_map.h"
#include "storage/base/time.h"

namespace tutti::sim {

// The one-way links between every two nodes: how long a packet takes, whether it gets through. Faults lay
// blocks and extra loss over them and take them away again; they may overlap. Only links that a fault lies on
// take memory: what a link is like without one is worked out from the seed each time.
class Links {
 public:
  Links(size_t nodes, LinkMap map, SeededRandom random);

  void block(size_t from, size_t to);
  void unblock(size_t from, size_t to);
  bool blocked(size_t from, size_t to) const { return laid_over(from, to).blocks > 0; }
  // Added to the loss and latency of one link, or of all; negative amounts take it away.
  void degrade(size_t from, size_t to, double loss, Duration latency);
  void degrade_all(double loss, Duration latency);

  // One packet's travel time, or nothing where it is lost.
  std::optional<Duration> packet(size_t from, size_t to);
  // A stream's chunk is never lost: a lost packet costs a retransmission.
  Duration chunk(size_t from, size_t to, size_t bytes);
  bool duplicates(size_t from, size_t to) { return random_.chance(map_.quality(from, to).duplicate); }

  size_t nodes() const { return nodes_; }
  const LinkMap& map() const { return map_; }
  SeededRandom& random() { return random_; }

 private:
  struct Link {
    int blocks = 0;
    double loss = 0;
    Duration latency{0};
  };
  // The link as the seed made it, without faults.
  Link base(size_t from, size_t to) const;
  // What faults have laid over it.
  const Link& laid_over(size_t from, size_t to) const;
  // Both together.
  Link at(size_t from, size_t to) const;
  uint64_t name(size_t from, size_t to) const { return uint64_t{from} * nodes_ + to; }
  void change(size_t from, size_t to, const Link& by);
  // A packet that is held back is held for `held_max` at most.
  Duration latency(const Link& link, const LinkQuality& quality, Duration held_max);

  size_t nodes_;
  LinkMap map_;
  uint64_t salt_;  // of what base() makes
  SeededRandom random_;
  Link everywhere_;  // laid over all links
  std::unordered_map<uint64_t, Link> faulty_;
};

}  // namespace tutti::sim
