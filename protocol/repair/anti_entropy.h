#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>

#include "protocol/deadlines.h"
#include "protocol/membership/membership.h"
#include "protocol/messages/clock_bases.h"
#include "protocol/messages/messenger.h"
#include "protocol/part.h"
#include "storage/database.h"
#include "storage/model/operation_codec.h"

namespace tutti {

// Finds the operations that this node lacks, and pulls them from peers' logs (RULES.md, "Finding differences", depths
// 1 and 2). Convergence rests on this alone; pushes only make it fast.
//
// Every probe carries a clock hash. Equal hashes: done. If they differ for longer than a push takes, the peers exchange
// clocks. If our clock does not cover a peer's clock after options.clock_grace, we pull from one peer at a time. We
// ask for each chunk, so the server needs no state for flow control. A peer whose log begins too late is marked; when
// no peer is left to ask, wants_transfer() names one.
class AntiEntropy final : public Part {
 public:
  struct Options {
    Duration clock_grace;
    Duration pull_timeout;
    size_t chunk_bytes;
  };
  AntiEntropy(Options options, Database& database, const Membership& membership, const ClockBases& bases,
              Messenger& messenger)
      : options_(options),
        database_(database),
        membership_(membership),
        bases_(bases),
        messenger_(messenger),
        hash_(database.key()) {}

  void stream_up(const Now& now, const NodeId& peer) override;
  void stream_down(const Now& now, const NodeId& peer) override;
  void forget(const NodeId& peer) override;
  // A probe or its answer carried the peer's clock hash. True where it equals ours.
  bool probed(const Now& now, const NodeId& peer, const Hash128& clock_hash);

  // The peer's clock, and whether it wants ours.
  void told(const Now& now, const NodeId& peer, VersionVector clock, bool wants_answer);
  // The peer asks for what `clock` lacks. True when the answer reached the end of the log: it may be pushed to again.
  bool asked(const Now& now, const NodeId& peer, uint64_t id, const VersionVector& clock);
  // Of the clocks that our last pulls told, the one of this name, for decoding an answer; null: it is none of them.
  const VersionVector* asked_after(uint64_t name) const;
  // After the batch was applied, as far as it could be.
  void pulled(const Now& now, const NodeId& peer, const OperationsMessage& message);
  // An operation from this peer waits for its past: asks at once. A timer made most such operations late.
  void missing(const Now& now, const NodeId& peer);

  // Call around a transfer: nothing is pulled during it, and resume() compares all clocks again.
  void pause() { paused_ = true; }
  void resume(const Now& now);
  // Every connected peer that has operations we lack has cut them from its log: transfer from the returned peer.
  std::optional<NodeId> wants_transfer();
  // The transfer from this peer failed: the others are asked before it.
  void transfer_failed(const NodeId& peer);

  // Sends our clock to every connected peer except `except`, unless it was sent just now: pulled operations are not
  // pushed, so peers learn of them from the clock.
  void announce(const Now& now, const NodeId& except);

  // The log keeps what a connected peer is not known to hold. Else a log shorter than a transfer takes would never
  // let the transfer end. A peer that has been unreachable for kSilenceBeforeCut does not count: its idle stream may
  // stand open though it is gone.
  static constexpr Duration kSilenceBeforeCut = std::chrono::seconds(60);
  void log_needed(const Now& now, VersionVector& held) const override;

  void handle_timeout(const Now& now) override;
  std::optional<Instant> next_deadline() const override;
  void metrics(const MetricSink& sink) const override;

 private:
  struct Peer {
    VersionVector clock;                   // the latest that it sent
    std::optional<Instant> differs_since;  // by its probes' clock hashes
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
  // Sets its clock, as it sent it or as it is known to be.
  void holds(const NodeId& id, Peer& peer, VersionVector clock);
  void pull_from(const Now& now, const NodeId& peer);
  void pull_next(const Now& now);
  bool lacks(const Peer& peer) const { return !database_.clock().covers(peer.clock); }

  Options options_;
  Database& database_;
  const Membership& membership_;
  const ClockBases& bases_;
  Messenger& messenger_;
  ClockHash hash_;
  std::map<NodeId, Peer> peers_;
  // All peers whose clock ours does not cover, perhaps others. Mostly empty: so the work of every turn is small.
  std::set<NodeId> ahead_;
  Deadlines<NodeId> due_;  // when to check whether pushes have brought its clock
  std::optional<Pull> pull_;
  std::array<ClockBases::Base, 8> asked_;  // by our last pulls
  uint64_t last_id_ = 0;
  uint64_t pulls_ = 0;
  std::optional<NodeId> gave_none_;  // the last transfer from it failed: others go first
  bool paused_ = false;
};

}  // namespace tutti
