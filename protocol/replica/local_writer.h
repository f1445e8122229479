#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "protocol/commands/keys.h"
#include "protocol/part.h"
#include "protocol/random.h"
#include "protocol/replica/expirer.h"
#include "protocol/replica/turn_pipeline.h"
#include "storage/model/hlc.h"

namespace tutti {

// Mints the operations of this node: as which actor, at what hlc, after which past. What clients write and the
// deletes of what has expired both come from here.
class LocalWriter final : public Part, public Keys {
 public:
  LocalWriter(const ReplicaOptions& options, Database& database, TurnPipeline& turns, Random& random,
              Outputs& outputs)
      : self_(options.self.id),
        writes_(options.writes),
        database_(database),
        turns_(turns),
        random_(random),
        outputs_(outputs),
        expirer_(database) {}

  void start(const Now& now) override;

  Database& database() override { return database_; }
  Result<Dot> write(const Now& now, std::vector<Edit> edits) override;
  std::optional<ActorId> actor() const override { return actor_; }

  // Before an operation of another node is applied.
  void observe(const Now& now, const Operation& operation);
  // The clock takes in more than what was written here.
  void clock_moved() { run_past_.reset(); }

  void tick(const Now& now) override;  // deletes what has expired

 private:
  Result<> take_actor();

  NodeId self_;
  bool writes_;
  Database& database_;
  TurnPipeline& turns_;
  Random& random_;
  Outputs& outputs_;
  Expirer expirer_;
  HybridClock hlc_;
  std::optional<ActorId> actor_;
  // Of operations minted since the last one from elsewhere; null: to be made anew.
  std::shared_ptr<const VersionVector> run_past_;
};

}  // namespace tutti
