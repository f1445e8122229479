#include "sim/checkers/buffer_bounds.h"
#include "sim/machine/sim_process.h"

// What is held against the replica and its database, after every turn and now and then.
namespace tutti::sim {

void SimProcess::check_all() {
  observe([&] { machine_.observer.check_all(machine_.around.queue.now(), *database_); });
}

void SimProcess::observe_turn(Position position) {
  observe([&] {
    machine_.observer.turn(machine_.around.queue.now(), *database_, replica_->keys().actor(), position);
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
