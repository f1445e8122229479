#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "protocol/commands/keys.h"
#include "protocol/membership/membership.h"
#include "protocol/membership/wall_clocks.h"
#include "protocol/part.h"
#include "protocol/random.h"
#include "protocol/replica/expirer.h"
#include "protocol/replica/saver.h"
#include "protocol/replica/turn_pipeline.h"
#include "storage/model/hlc.h"

namespace tutti {

// Mints the operations of this node: as which actor, at what hlc, after which past. What clients write and the
// deletes of what has expired both come from here.
class LocalWriter final : public Part, public Keys {
 public:
  LocalWriter(const ReplicaOptions& options, Database& database, TurnPipeline& turns,
              const Membership& membership, WallClocks& clocks, Random& random, Outputs& outputs)
      : self_(options.self.id),
        writes_(options.writes),
        database_(database),
        turns_(turns),
        membership_(membership),
        clocks_(clocks),
        random_(random),
        outputs_(outputs),
        expirer_(database, options.self.id),
        saver_(database) {}

  void start(const Now& now) override;

  Database& database() override { return database_; }
  Result<Dot> write(const Now& now, std::vector<Edit> edits) override;
  std::optional<ActorId> actor() const override { return actor_; }
  uint64_t wall_ms(const Now& now) const override { return fair(now).wall_ms(); }
  Hlc last_hlc() const override { return hlc_.last(); }

  // Before an operation of another node is applied.
  void observe(const Now& now, const Operation& operation);
  // Once a batch of other nodes' operations is applied, in the same turn.
  void batch_applied(const Now& now);
  // A transfer is joined, and with it these rows.
  void joined(const Now& now, std::span<const StagedRow> rows);
  // The clock takes in more than what was written here.
  void clock_moved() { run_past_.reset(); }

  void committed(const Now& now, const Turn& turn) override;
  void tick(const Now& now) override;
  // Deletes what has expired.
  void handle_timeout(const Now& now) override;
  std::optional<Instant> next_deadline() const override { return may_write() ? next_reaping_ : std::nullopt; }
  void turn_ended(const Now& now) override;

 private:
  Result<> take_actor();
  // Writes nothing yet. Fails where this life's first write finds no disk to name its actor on.
  Result<Operation> mint(const Now& now, std::vector<Edit> edits);
  bool waits_for_clocks(const Now& now) const { return clocks_.waits(now, membership_.size() > 0); }
  Now fair(const Now& now) const { return {now.mono, clocks_.fair(now)}; }
  void acts_as(ActorId actor);
  bool may_write() const { return writes_ && !turns_.trouble(); }

  NodeId self_;
  bool writes_;
  Database& database_;
  TurnPipeline& turns_;
  const Membership& membership_;
  WallClocks& clocks_;
  Random& random_;
  Outputs& outputs_;
  Expirer expirer_;
  Saver saver_;
  std::optional<Instant> next_reaping_;
  HybridClock hlc_;
  std::optional<ActorId> actor_;
  // Of operations minted since the last one from elsewhere; null: to be made anew.
  std::shared_ptr<const VersionVector> run_past_;
};

}  // namespace tutti
