#pragma once

#include <memory>
#include <set>

#include "protocol/membership/introducer.h"
#include "protocol/membership/membership.h"
#include "protocol/membership/neighbours.h"
#include "protocol/membership/wall_clocks.h"
#include "protocol/messages/messenger.h"
#include "protocol/part.h"
#include "protocol/random.h"
#include "protocol/replica/outputs.h"
#include "protocol/replica/replica_options.h"
#include "storage/database.h"

namespace tutti {

// Probes members, and says who is unreachable and who is back. Probes carry fingerprints: those of equal clocks
// are compared. They carry wall time: whose clock is ahead is told.
class Prober final : public Part {
 public:
  Prober(const ReplicaOptions& options, Database& database, Membership& membership, Neighbours& neighbours,
         Introducer& introducer, Messenger& messenger, WallClocks& clocks, const Health& health,
         Random& random, Outputs& outputs)
      : period_(options.probe_period),
        count_(options.probes_per_period),
        unreachable_after_(options.unreachable_after),
        database_(database),
        membership_(membership),
        neighbours_(neighbours),
        introducer_(introducer),
        messenger_(messenger),
        clocks_(clocks),
        health_(health),
        random_(random),
        outputs_(outputs) {}

  // An authenticated word of a peer's.
  void heard(const Now& now, const NodeId& from);
  // One probe, at once. Of its answer every part may learn.
  void probe(const Now& now, const NodeId& id);
  void handle(const Now& now, const NodeId& from, const ProbeMessage& message);

  void start(const Now& now) override;
  void stream_up(const Now& now, const NodeId& peer) override { heard(now, peer); }
  void handle_timeout(const Now& now) override;
  std::optional<Instant> next_deadline() const override { return next_probe_; }
  void tick(const Now& now) override;  // who is unreachable
  void forget(const NodeId& peer) override;

 private:
  void probe_some(const Now& now);
  NodeId next_of_many();
  ProbeMessage message(const Now& now, uint64_t sequence, bool answer);
  void compare_clocks(const Now& now, const NodeId& from);
  Hash128 merged_clock_hash();
  void compare_fingerprints(const NodeId& from, const ProbeMessage& message);

  Duration period_;
  size_t count_;
  Duration unreachable_after_;
  Database& database_;
  Membership& membership_;
  Neighbours& neighbours_;
  Introducer& introducer_;
  Messenger& messenger_;
  WallClocks& clocks_;
  const Health& health_;  // of this node: probes carry it
  Random& random_;
  Outputs& outputs_;

  Instant next_probe_{};
  uint64_t sequence_ = 0;
  uint64_t turn_of_many_ = 0;
  std::set<NodeId> unequal_told_;                          // until they agree again
  std::shared_ptr<const Database::Merged> hashed_merged_;  // whose clock hashed_clock_ is of
  Hash128 hashed_clock_;
};

}  // namespace tutti
