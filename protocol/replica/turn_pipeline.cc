#include "protocol/replica/turn_pipeline.h"

#include <algorithm>
#include <utility>

namespace tutti {

void TurnPipeline::start(const Now& now) {
  last_applied_ = now.mono;
  next_sync_ = now.mono + sync_interval_;
  // What a killed process appended may stand in the log without having been synced: nothing of it is shown as
  // durable before a sync of our own.
  committed_ = database_.store().last_position();
  if (database_.broken()) fail(*database_.broken());
  outputs_.push(Outputs::RunJob{database_.warm_cache()});
  want_sync();
}

// --- a turn ---

Result<> TurnPipeline::admit(const Operation& operation) { return admit_bytes(rough_bytes(operation)); }

Result<> TurnPipeline::admit_bytes(size_t bytes) {
  if (trouble()) return std::unexpected(*trouble());
  auto room = database_.room(bytes);
  if (!room) refuse(room.error());
  return room;
}

bool TurnPipeline::apply(Operation operation, Turn::Origin origin) {
  if (failed_) return false;
  if (auto applied = database_.apply(std::move(operation)); !applied) {
    fail(applied.error());
    return false;
  }
  turn_.origins.push_back(origin);
  return true;
}

void TurnPipeline::pushed_by(const NodeId& peer) {
  turn_.pushed_by_several |= turn_.pushed_by && *turn_.pushed_by != peer;
  turn_.pushed_by = peer;
}

Result<Position> TurnPipeline::end_turn(const Now& now) {
  // A client's read may have found damage where no operation of ours came by.
  if (!failed_ && database_.broken()) fail(*database_.broken());
  if (failed_) return std::unexpected(*failed_);
  if (has_applied()) {
    if (auto done = commit(now); !done) return std::unexpected(done.error());
  }
  merge_if_wanted(now);
  for (Part* part : parts_) part->turn_ended(now);
  return committed_;
}

Result<> TurnPipeline::commit(const Now& now) {
  auto position = database_.commit();
  if (!position) {
    fail(position.error());
    return std::unexpected(*failed_);
  }
  committed_ = *position;
  turn_.operations = database_.last_committed();
  for (Part* part : parts_) part->committed(now, turn_);
  turn_ = {};
  last_applied_ = now.mono;
  if (durability_ == Durability::kAlways) want_sync();
  return {};
}

bool TurnPipeline::join(const Now& now, const VersionVector& clock, std::span<const StagedRow> rows) {
  size_t bytes = 0;
  for (const StagedRow& row : rows) bytes += row.row_key.size() + row.row_bytes.size();
  if (!admit_bytes(bytes)) return false;
  auto joined = database_.join(clock, rows);
  if (!joined) {
    fail(joined.error());
    return false;
  }
  committed_ = *joined;
  last_applied_ = now.mono;
  want_sync();
  return true;
}

// --- syncs ---

void TurnPipeline::want_sync() {
  if (sync_out_ || failed_ || persisted_ >= committed_) return;
  sync_out_ = true;
  outputs_.push(Outputs::RunSync{committed_});
}

void TurnPipeline::persisted(Position position) {
  sync_out_ = false;
  persisted_ = std::max(persisted_, position);
  if (durability_ == Durability::kAlways) want_sync();
}

void TurnPipeline::handle_timeout(const Now& now) {
  if (durability_ != Durability::kInterval || now.mono < next_sync_) return;
  next_sync_ = now.mono + sync_interval_;
  want_sync();
}

std::optional<Instant> TurnPipeline::next_deadline() const {
  return durability_ == Durability::kInterval ? std::optional(next_sync_) : std::nullopt;
}

// --- merges ---

void TurnPipeline::tell_merged(const Now& now) {
  for (Part* part : parts_) part->merged(now);
}

void TurnPipeline::merge_if_wanted(const Now& now) {
  const bool asked = merge_wanted_ || std::ranges::any_of(parts_, &Part::wants_merge);
  if (asked && !database_.merging() && !has_applied() && database_.nothing_to_merge()) {
    merge_wanted_ = false;
    tell_merged(now);
    return;
  }
  if (trouble() || database_.merging() || has_applied() || !(asked || database_.merge_due())) return;
  merge_wanted_ = false;
  outputs_.push(Outputs::RunMerge{database_.begin_merge()});
}

void TurnPipeline::merge_finished(const Now& now, std::unique_ptr<Database::Merge> merge, Result<> outcome) {
  if (auto finished = database_.finish_merge(std::move(merge), std::move(outcome)); !finished) {
    fail(finished.error());
    return;
  }
  tell_merged(now);
}

void TurnPipeline::tick(const Now& now) {
  const bool idle = now.mono - last_applied_ >= kIdleBeforeMerge;
  if (idle && !database_.nothing_to_merge()) merge_wanted_ = true;
  look_for_room(now);
}

// A disk that others fill is noticed without a write, so that every door tells of it.
void TurnPipeline::look_for_room(const Now& now) {
  if (!trouble()) {
    if (auto room = database_.room(0); !room) refuse(room.error());
  }
  if (!trouble() || trouble()->code != ErrorCode::kFull || resume_out_ || now.mono < next_resume_) return;
  next_resume_ = now.mono + kResumeEvery;
  resume_out_ = true;
  outputs_.push(Outputs::RunResume{});
}

void TurnPipeline::resume_finished(const Result<>& outcome) {
  resume_out_ = false;
  if (!trouble() || trouble()->code != ErrorCode::kFull) return;
  const bool room = outcome || outcome.error().code == ErrorCode::kUnavailable;
  if (!room) {
    if (outcome.error().code != ErrorCode::kFull) {
      fail(outcome.error());
    } else {
      health_.words = outcome.error().message;  // how much is there and wanted now
    }
    return;
  }
  outputs_.event(Outputs::EventKind::kDiskRoom, self_, "the disk has room again: this node takes writes");
  // A write that was shown has failed: what memory shows is given up for what the log says.
  if (failed_ || !outcome) return outputs_.push(Outputs::Reopen{});
  full_.reset();
  health_.state = Health::State::kWell;
  health_.words.clear();
}

bool TurnPipeline::drain(const Now& now) {
  if (failed_) return true;
  if (full_) resume_finished(database_.store().resume());
  if (full_) {  // the log is kept; the next start merges
    want_sync();
    return persisted_ >= committed_ && !sync_out_;
  }
  if (!database_.nothing_to_merge()) merge_wanted_ = true;
  (void)end_turn(now);  // a failure shows in `failed_`, asked above the next time
  want_sync();
  return database_.nothing_to_merge() && !database_.merging() && persisted_ >= committed_ && !sync_out_;
}

// --- a disk that failed ---

void TurnPipeline::fail(const Error& why) {
  if (failed_) return;
  failed_ = why;
  // Whoever met the error: what this turn has applied will not be in the log, and the clock must not name it.
  database_.found(why);
  tell(why);
}

void TurnPipeline::tell(const Error& why) {
  const bool full = why.code == ErrorCode::kFull;
  const Health::State before = health_.state;
  health_.state = full ? Health::State::kDiskFull : Health::State::kDiskFailed;
  health_.words = why.message;
  if (health_.state == before) return;
  outputs_.event(full ? Outputs::EventKind::kDiskFull : Outputs::EventKind::kDiskFailed, self_,
                 why.message + (full ? "; until then this node takes no writes"
                                     : "; this node takes no more writes until it is restarted"));
}

void TurnPipeline::refuse(const Error& why) {
  if (why.code != ErrorCode::kFull || database_.broken()) return fail(why);
  if (trouble()) return;
  full_ = why;
  tell(why);
}

void TurnPipeline::disk_failed(const Error& why) {
  sync_out_ = false;
  fail(why);
}

void TurnPipeline::metrics(const MetricSink& sink) const {
  sink("persistence", "committed_position", committed_.value);
  sink("persistence", "persisted_position", persisted_.value);
  sink("persistence", "merged_position", database_.merged()->position.value);
  sink("persistence", "merging", database_.merging() ? 1 : 0);
}

}  // namespace tutti
