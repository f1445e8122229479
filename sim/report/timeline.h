#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "sim/report/propagation.h"

namespace tutti::sim {

// What every node did and how far behind it was, in frames of equal length. A run's length is not known
// beforehand: where there are too many frames, pairs of them become one, twice as long, so that memory is
// bounded however long the run is.
class Timeline {
 public:
  struct NodeCell {
    uint64_t sent_bytes = 0, received_bytes = 0;
    uint32_t sent_packets = 0, received_packets = 0;
    uint32_t blocked_packets = 0;  // sent into a link that was cut
    uint32_t lost_packets = 0;     // sent and lost by chance
    uint64_t behind = 0;           // operations it lacked when the frame ended
    bool up = true;                // throughout
  };
  struct LinkCell {
    uint32_t from = 0, to = 0;
    uint32_t packets = 0, blocked = 0;
    uint64_t bytes = 0;
  };
  struct Frame {
    Instant end{};
    uint64_t written = 0;  // operations so far
    std::vector<NodeCell> nodes;
    std::vector<LinkCell> links;  // the busiest, in order of (from, to)
  };

  // `propagation` outlives this. `expected`: how long the run may take, a guess that chooses the first width.
  Timeline(size_t nodes, Duration expected, const Propagation& propagation);

  // Closes every frame that ends at or before `at`. To be called before what happens then is taken in.
  void advance(Instant at);
  // The last frame ends here, however short.
  void finish(Instant at);

  void sent(size_t from, size_t to, size_t bytes);
  void received(size_t to, size_t bytes);
  void dropped(size_t from, size_t to, bool blocked);
  void was_down(size_t node) { current_.nodes[node].up = false; }
  void started(Instant at, size_t node);

  const std::vector<Frame>& frames() const { return frames_; }
  uint64_t sent_packets() const { return sent_packets_; }
  uint64_t sent_bytes() const { return sent_bytes_; }

  // The same run in at most `frames_max` frames.
  static std::vector<Frame> coarsened(std::vector<Frame> frames, size_t frames_max);
  // How many packets a send of `bytes` takes.
  static uint32_t packets(size_t bytes);

 private:
  void begin_frame();
  void close(Instant end);
  LinkCell& link(size_t from, size_t to);

  const Propagation& propagation_;
  size_t nodes_, frames_max_;
  Duration width_;
  Frame current_;
  Instant current_begin_{}, current_end_{};
  std::unordered_map<uint64_t, LinkCell> links_;  // of the current frame
  std::vector<Frame> frames_;
  uint64_t sent_packets_ = 0, sent_bytes_ = 0;
};

}  // namespace tutti::sim
