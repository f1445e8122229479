#pragma once

#include <array>
#include <map>
#include <optional>

#include "protocol/messages/messenger.h"
#include "protocol/part.h"
#include "storage/model/version_vector.h"

namespace tutti {

// Clocks that this node and a peer both know, so that messages name a clock by its differences from one of them. Actors
// become more for ever; what changes between two messages does not.
//
// This node's base is an earlier clock of its own. Once its clock differs from it in more than options.entries_max
// actors, the clock becomes the base, and every peer with a stream is told how it differs from the one before. A new
// stream is told all of it. The empty clock is the base of a small cluster, and needs no telling. A base's name comes from
// its hash: whoever finds one by its name has the right one.
class ClockBases final : public Part {
 public:
  struct Options {
    size_t entries_max;
  };
  struct Base {
    uint64_t name = 0;
    VersionVector clock;
  };
  // `clock`: this node's, which the caller keeps.
  ClockBases(Options options, const HashKey& key, const VersionVector& clock, Messenger& messenger)
      : options_(options), clock_(clock), messenger_(messenger), hash_(key) {}

  void stream_up(const Now& now, const NodeId& peer) override;
  void stream_down(const Now&, const NodeId& peer) override { peers_.erase(peer); }
  // Takes the clock for the base if it is time. Before anything of the turn is pushed.
  void committed(const Now& now, const Turn&) override;

  // --- what is sent ---
  // What a message to the peer may name: this node's base, or for a peer that was not told it the empty clock.
  const Base& known_to(const NodeId& peer) const;
  ToldClock tell(const NodeId& peer, const VersionVector& clock) const;
  // When the peer was told the base that messages to it name: a datagram soon after would overtake it.
  Instant told_at(const NodeId& peer) const;

  // --- what is received ---
  // False: it is not what its name says, or its own base is not known.
  [[nodiscard]] bool handle(const NodeId& peer, const ClockBaseMessage& message);
  // The peer's base of this name; null: not known (any more). Valid until its next base.
  const VersionVector* find(const NodeId& peer, uint64_t name) const;
  std::optional<VersionVector> resolve(const NodeId& peer, const ToldClock& told) const;

 private:
  struct Peer {
    std::optional<Instant> told_at;  // this node's base; none: it does not know it
    std::array<Base, 2> bases;       // the peer's, the newer one first
  };
  // Tells the base as its differences from the one before, if the peer knows that.
  void tell_base(const Now& now, const NodeId& id, Peer& peer, const Base& before);

  Options options_;
  const VersionVector& clock_;
  Messenger& messenger_;
  ClockHash hash_;
  Base mine_;
  std::optional<Instant> changed_at_;
  std::map<NodeId, Peer> peers_;
};

}  // namespace tutti
