#include "sim/checkers/buffer_bounds.h"
#include "sim/machine/sim_process.h"

// What is held against the replica and its database, after every turn and now and then.
namespace tutti::sim {
namespace {

// A process that is paused or far behind cuts nothing: of the time between two turns so much counts.
constexpr Duration kTurnGapMax = std::chrono::milliseconds(250);
// Four ticks of the housekeeping.
constexpr Duration kLogCutWithin = std::chrono::seconds(2);

}  // namespace

void SimProcess::check_all() {
  observe([&] { machine_.observer.check_all(machine_.around.queue.now(), *database_); });
}

void SimProcess::observe_turn(Position position) {
  observe([&] {
    machine_.observer.turn(machine_.around.queue.now(), *database_, replica_->keys().actor(), position,
                           replica_->keys().wall_ms(machine_.now()));
  });
}

void SimProcess::check_turn(Position position) {
  observe_turn(position);
  check_replies();
  check_bounds();
}

void SimProcess::check_bounds() {
  const ReplicaOptions& options = machine_.setup.replica;
  const bool writes = replica_->admin().health().state == Health::State::kWell;
  const BufferUse buffers[] = {
      {"operations that wait for their past", replica_->waiting_operations(), options.waiting_operations_max},
      {"bytes that wait for their past", replica_->waiting_bytes(), options.waiting_bytes_max},
      // What is staged one join takes whole: bounded is what a try leaves behind.
      {"bytes of rows that a transfer left", replica_->transferring() ? 0 : replica_->transfer_cache_bytes(),
       options.transfer_cache_bytes_max},
      // A table that is half of the bound is frozen by the end of the turn that filled it, or once the merge
      // before it is over. On a full disk nothing is merged, and nothing is taken in.
      {"bytes of the table that fills, and no merge under way",
       merge_ || database_->merging() || !writes ? 0 : database_->table_bytes(),
       machine_.setup.database.table_bytes_max / 2},
  };
  if (std::string over = over_bound(buffers); !over.empty()) machine_.fail("bounds", std::move(over));
  check_log_length();
}

// Where the log is to begin at the least when `bytes` of it are to be kept. It is cut at samples, behind a merge. The
// samples' gaps grow with the distance from the end, and a sample is due after records, not bytes: four times as much is
// allowed.
Position SimProcess::log_begin_due(uint64_t bytes) const {
  const uint64_t allowed = 4 * bytes;
  if (store_->log_bytes() <= allowed) return {};
  const Position cut = std::min(machine_.disk->log_before_last(allowed), database_->merged()->position);
  const uint64_t gap = 2 * machine_.setup.database.log_sample_records;
  return {cut.value - std::min(cut.value, gap)};
}

bool SimProcess::log_is_cut() const {
  return machine_.disk->log_begin() >= log_begin_due(machine_.setup.database.log_bytes_keep);
}

// Whoever needs it, the log is cut at its hard maximum.
void SimProcess::check_log_length() {
  const uint64_t longest =
      std::max(machine_.setup.replica.log_bytes_hard_max, machine_.setup.database.log_bytes_keep);
  if (database_->broken() || machine_.disk->failing() || machine_.disk->log_begin() >= log_due_.begin) {
    log_due_ = {.begin = log_begin_due(longest), .seen = machine_.around.queue.now(), .waited = {}};
    return;
  }
  const Instant now = machine_.around.queue.now();
  if (!machine_.inbox.behind()) log_due_.waited += std::min(now - log_due_.seen, kTurnGapMax);
  log_due_.seen = now;
  const Duration job = machine_.setup.merge_max;
  if (log_due_.waited < kLogCutWithin + job) return;
  machine_.fail("bounds", "the log begins at position " + std::to_string(machine_.disk->log_begin().value) +
                              ", " + std::to_string(store_->log_bytes()) +
                              " bytes before its end; the hard maximum is " + std::to_string(longest) +
                              ", and for seconds " + std::to_string(log_due_.begin.value) + " was due");
}

// A power loss would show it, but not every time: what clients were told, or shown, must be on the disk.
void SimProcess::check_replies() {
  const Position told = replica_->persisted_position();
  const Position synced{store_->last_position().value - machine_.disk->unsynced()};
  machine_.observer.replied(told);
  if (told <= synced || machine_.setup.replica.durability != Durability::kAlways) return;
  machine_.fail("acknowledged", "replies may go up to log position " + std::to_string(told.value) +
                                    ", and the disk is synced up to " + std::to_string(synced.value));
}

}  // namespace tutti::sim
