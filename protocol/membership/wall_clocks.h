#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "protocol/node_id.h"
#include "storage/base/time.h"

namespace tutti {

// How this node's wall clock stands to those of its peers (rule 10). A peer's wall time is kept as its distance from our
// monotonic clock: when our wall clock jumps, that shows at once.
class WallClocks {
 public:
  static constexpr int64_t kAheadMaxMs = 5000;
  // So long after the start a node that has peers and has heard none waits for them before it trusts its clock.
  static constexpr Duration kFirstWait = std::chrono::seconds(10);

  void start(const Now& now) { wait_until_ = now.mono + kFirstWait; }
  // `peer` said its wall time in an answer that took `round_trip`.
  void heard(const Now& now, const NodeId& peer, uint64_t wall_ms, Duration round_trip);
  void forget(const NodeId& peer);

  // How far our wall clock is ahead of the median of our peers'; empty: none was heard.
  std::optional<int64_t> ahead_ms(const Now& now) const;
  // How far a peer's is ahead of the median of all others', ours too; empty: it was not heard.
  std::optional<int64_t> peer_ahead_ms(const Now& now, const NodeId& peer) const;
  // Ours is ahead of theirs by more than kAheadMaxMs.
  bool in_doubt(const Now& now) const;
  // The wall time to go by: ours, or in doubt the median of our peers'.
  WallTime fair(const Now& now) const;
  // Peers, if there are any, may still say that our clock is wrong.
  bool waits(const Now& now, bool peers) const { return peers && !median_ms_ && now.mono < wait_until_; }

 private:
  Instant wait_until_{};
  std::map<NodeId, int64_t> peers_;   // wall less our monotonic clock, ms
  std::optional<int64_t> median_ms_;  // of these
};

}  // namespace tutti
