#pragma once

#include <map>
#include <optional>
#include <set>

#include "protocol/deadlines.h"
#include "protocol/membership/membership.h"
#include "protocol/messages/messenger.h"
#include "protocol/part.h"
#include "storage/database.h"
#include "storage/model/operation_codec.h"

namespace tutti {

// Finds out who lacks what, and brings it from logs (RULES.md, "Finding differences", depths 1 and 2).
// Convergence rests on this alone; pushes only make it fast.
//
// Clock hashes on every probe: equal, done. Unequal for longer than a push takes: clocks are exchanged. A
// clock that ours does not cover after a moment's grace is pulled after, from one peer at a time, chunk by
// chunk, each asked for: flow control without state at the server. A peer whose log begins too late is
// marked; when no peer is left to ask, a transfer is wanted.
class AntiEntropy final : public Part {
 public:
  struct Options {
    Duration clock_grace;
    Duration pull_timeout;
    size_t chunk_bytes;
  };
  AntiEntropy(Options options, Database& database, const Membership& membership, Messenger& messenger)
      : options_(options), database_(database), membership_(membership), messenger_(messenger) {}

  void stream_up(const Now& now, const NodeId& peer) override;
  void stream_down(const Now& now, const NodeId& peer) override;
  void forget(const NodeId& peer) override;
  // A probe or its answer carried the peer's clock hash. True where it equals ours.
  bool probed(const Now& now, const NodeId& peer, const Hash128& clock_hash);

  void handle(const Now& now, const NodeId& peer, const ClockMessage& message);
  // True when the answer reached the end of the log: the peer may be pushed to again.
  bool handle(const Now& now, const NodeId& peer, const PullMessage& message);
  // After the batch was applied, as far as it could be.
  void pulled(const Now& now, const NodeId& peer, const OperationsMessage& message);
  // An operation of this peer's waits for its past: asks at once (a timer instead made most operations late).
  void missing(const Now& now, const NodeId& peer);

  // While a transfer is under way nothing is pulled; afterwards all is looked at anew.
  void pause() { paused_ = true; }
  void resume(const Now& now);
  // Every connected peer that has something for us has cut it from its log: transfer from this one.
  std::optional<NodeId> wants_transfer();
  // The peer gave no transfer: not asked again before the others.
  void transfer_failed(const NodeId& peer);

  // Tells every connected peer but one what we hold, unless it was told just now: what came by pulling comes
  // by no push.
  void announce(const Now& now, const NodeId& except);

  // Only what every connected peer is known to hold is cut: a log shorter than a transfer takes would never let
  // it end. A stream alone does not say that its member is still there, on an idle one nobody finds out: who
  // has been unreachable for kSilenceBeforeCut is not waited for.
  static constexpr Duration kSilenceBeforeCut = std::chrono::seconds(60);
  void log_needed(const Now& now, VersionVector& held) const override;

  void handle_timeout(const Now& now) override;
  std::optional<Instant> next_deadline() const override;
  void metrics(const MetricSink& sink) const override;

 private:
  struct Peer {
    VersionVector clock;                   // the latest it told
    std::optional<Instant> differs_since;  // by its probes
    std::optional<Instant> clock_sent;
    bool connected = false;    // by a stream
    bool below_floor = false;  // its log begins later than our clock
  };
  struct Pull {
    NodeId peer;
    uint64_t id;
    Instant deadline;
  };

  void send_clock(const Now& now, const NodeId& id, Peer& peer, bool wants_answer);
  // Its clock, as it told it or as it is now known to be.
  void holds(const NodeId& id, Peer& peer, VersionVector clock);
  void pull_from(const Now& now, const NodeId& peer);
  void pull_next(const Now& now);
  bool lacks(const Peer& peer) const { return !database_.clock().covers(peer.clock); }

  Options options_;
  Database& database_;
  const Membership& membership_;
  Messenger& messenger_;
  std::map<NodeId, Peer> peers_;
  // Every peer that names something we lack is among them. Mostly there is none: what is asked every turn
  // looks at these alone.
  std::set<NodeId> ahead_;
  Deadlines<NodeId> due_;  // when to look whether pushes have brought its clock
  std::optional<Pull> pull_;
  uint64_t last_id_ = 0;
  uint64_t pulls_ = 0;
  std::optional<NodeId> gave_none_;  // the last transfer came to nothing: others go first
  bool paused_ = false;
};

}  // namespace tutti
