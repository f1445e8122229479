#pragma once

#include <memory>
#include <optional>
#include <span>

#include "protocol/delivery/turn.h"
#include "protocol/health.h"
#include "protocol/part.h"
#include "protocol/replica/outputs.h"
#include "protocol/replica/replica_options.h"
#include "storage/database.h"

namespace tutti {

// The way of a turn: what it applies is committed as one log record, the log is synced, and later merged into
// the rows, both off the loop. A disk that fails ends all three for good. A disk that fills up ends them until there is
// room: what is applied is asked for before, so that a full disk mostly refuses writes, and nothing more.
class TurnPipeline final : public Part {
 public:
  // A node that has applied nothing for so long merges, so that its fingerprint is of now.
  static constexpr Duration kIdleBeforeMerge = std::chrono::seconds(2);

  // References outlive this; `parts` may be filled later. They are told of commits, turns' ends and merges. Keeps
  // `health`.
  TurnPipeline(const ReplicaOptions& options, Database& database, Outputs& outputs, Health& health,
               const Parts& parts)
      : self_(options.self.id),
        durability_(options.durability),
        sync_interval_(options.sync_interval),
        database_(database),
        outputs_(outputs),
        health_(health),
        parts_(parts) {}

  // What was appended before this life counts as shown, and is synced.
  void start(const Now& now) override;

  // A full disk is asked this often whether there is room again.
  static constexpr Duration kResumeEvery = std::chrono::seconds(1);

  // --- a turn ---
  // Whether the operation may be applied. kFull, kIo, kCorrupt: why not; then it may not.
  Result<> admit(const Operation& operation);
  // REQUIRES what Database::apply() does, and that it was admitted; or that it follows from one that was, and is to be
  // logged with it: for so much the disk keeps room. False: the disk failed.
  bool apply(Operation operation, Turn::Origin origin);
  // What `peer` pushes may be relayed.
  void pushed_by(const NodeId& peer);
  bool has_applied() const { return !turn_.origins.empty(); }
  // Commits, merges where that is due, and tells the parts. The position replies must wait for.
  Result<Position> end_turn(const Now& now);
  // Joins a transfer's rows, a record of its own. REQUIRES !has_applied(). False: the disk failed, or is full.
  bool join(const Now& now, const VersionVector& clock, std::span<const StagedRow> rows);

  // --- syncs and merges ---
  void persisted(Position position) override;
  void want_merge() { merge_wanted_ = true; }
  void merge_finished(const Now& now, std::unique_ptr<Database::Merge> merge, Result<> outcome);
  // Merges and syncs everything; true once nothing is left to do.
  bool drain(const Now& now);
  Position persisted_position() const { return persisted_; }
  Durability durability() const { return durability_; }
  void set_durability(Durability durability) { durability_ = durability; }

  // --- a disk that failed: no more writes; one that filled up amid a write: none before Reopen ---
  void fail(const Error& why);
  void disk_failed(const Error& why);
  const std::optional<Error>& failed() const { return failed_; }
  // --- a full disk: no writes until resume_finished() ---
  // kFull: that; any other error: fail().
  void refuse(const Error& why);
  void resume_finished(const Result<>& outcome);
  // Why nothing is written now, for either reason; empty: all is well.
  const std::optional<Error>& trouble() const { return failed_ ? failed_ : full_; }
  const Health& health() const { return health_; }

  void handle_timeout(const Now& now) override;  // Durability::kInterval's sync
  std::optional<Instant> next_deadline() const override;
  void tick(const Now& now) override;
  void metrics(const MetricSink& sink) const override;

 private:
  Result<> admit_bytes(size_t bytes);
  Result<> commit(const Now& now);
  void merge_if_wanted(const Now& now);
  void tell_merged(const Now& now);
  void want_sync();
  void look_for_room(const Now& now);
  void tell(const Error& why);

  NodeId self_;
  Durability durability_;
  Duration sync_interval_;
  Database& database_;
  Outputs& outputs_;
  Health& health_;
  const Parts& parts_;

  Turn turn_;
  Instant last_applied_{};
  Instant next_sync_{};
  Position committed_{};
  Position persisted_{};
  bool sync_out_ = false;
  bool merge_wanted_ = false;
  std::optional<Error> failed_;
  std::optional<Error> full_;
  bool resume_out_ = false;
  Instant next_resume_{};
};

}  // namespace tutti
