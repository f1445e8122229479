#include "sim/machine/sim_node.h"
#include "storage/base/check.h"

// A node's disk: how long it takes, how it fails, and who puts it right.
namespace tutti::sim {
namespace {

// What a person takes to look after a machine that has failed.
constexpr Duration kOperatorMin = std::chrono::milliseconds(200);
constexpr Duration kOperatorMax = std::chrono::seconds(3);
// An I/O error strikes one of the next few operations.
constexpr size_t kSparedMax = 8;

}  // namespace

// --- what the replica asks of it ---

Result<> SimNode::sync_disk() {
  auto synced = store_->sync();
  if (synced) observer_.synced(store_->last_position());
  return synced;
}

// An fsync covers what was written before it began, and is over when it returns. The memory disk syncs at
// once: done at the beginning, it spares nothing written later; done at the end, it spares nothing before.
// Each shows what the other hides.
void SimNode::run_sync(Position position) {
  ++counts_.syncs;
  const bool early = disk_random_.chance(0.5);
  const Duration taken = disk_random_.between(setup_.sync_min, setup_.sync_max);
  auto outcome = std::make_shared<Result<>>();
  if (early) *outcome = sync_disk();
  later(Duration(static_cast<int64_t>(static_cast<double>(taken.count()) * sync_factor_)), [this, position,
                                                                                            early, outcome] {
    if (!early) *outcome = sync_disk();
    if (!*outcome) {
      sync_failed_ = true;
      return turn("sync failed", {}, [&](const Now& now) { replica_->disk_failed(now, outcome->error()); });
    }
    turn("synced", {}, [&](const Now& now) { replica_->persisted(now, position); });
  });
}

void SimNode::run_merge(std::unique_ptr<Database::Merge> merge) {
  check(!merge_, "one merge at a time");
  merge_ = std::move(merge);
  // Shown on disk at one moment, known to the replica at a later one; the process may end before either, or
  // between.
  later(disk_random_.between(setup_.merge_min, setup_.merge_max), [this] {
    auto outcome = std::make_shared<Result<>>(merge_->run());
    observer_.synced(Position{store_->last_position().value - disk_->unsynced()});
    later(disk_random_.between(setup_.merge_min, setup_.merge_max), [this, outcome] {
      ++counts_.merges;
      turn("merged", {}, [&](const Now& now) { replica_->merge_finished(now, std::move(merge_), *outcome); });
      if (up()) around_.merged_states.add(around_.queue.now(), name_, *database_, around_.verdict);
    });
  });
}

void SimNode::run_job(std::function<Result<>()> job) {
  later(disk_random_.between(setup_.merge_min, setup_.merge_max), [this, job = std::move(job)] {
    const auto done = job();
    if (!done) turn("job failed", {}, [&](const Now& now) { replica_->disk_failed(now, done.error()); });
  });
}

// --- faults ---

void SimNode::fill_disk() {
  around_.trace.event(around_.queue.now(), setup_.index, "disk full");
  disk_trouble_ = true;
  disk_->fail_writes({ErrorCode::kIo, "memory disk: no space left"});
}

void SimNode::fail_one(MemoryDisk::Operation operation, SeededRandom& random) {
  around_.trace.event(around_.queue.now(), setup_.index, "input/output error to come");
  disk_trouble_ = true;
  disk_->fail_one(operation, random.below(kSparedMax));
}

void SimNode::flip_bit(SeededRandom& random) {
  using Part = MemoryDisk::Part;
  const size_t draw = random.index(10);
  const Part part = draw < 5 ? Part::kRows : draw < 9 ? Part::kLog : Part::kMeta;
  if (!disk_->flip_bit(part, random.next())) return;
  around_.trace.event(around_.queue.now(), setup_.index, "bit flip");
  observer_.excuse_unreadable(true);
}

// --- the operator ---

void SimNode::attend(const Error& error, const char* what) {
  if (!disk_trouble()) {
    return around_.verdict.fail("recovery", around_.queue.now(), name_,
                                std::string(what) + ": " + error.message);
  }
  if (attended_) return;
  attended_ = true;
  around_.trace.event(around_.queue.now(), setup_.index, std::string(what) + ": " + error.message);
  around_.queue.after(operator_random_.between(kOperatorMin, kOperatorMax),
                      [this, code = error.code, bad = disk_, tenancy = tenancy_] {
                        if (tenancy == tenancy_) return put_right(code, bad);
                        attended_ = false;
                      });
}

void SimNode::put_right(ErrorCode code, const std::shared_ptr<MemoryDisk>& bad) {
  attended_ = false;
  end(true);
  if (code == ErrorCode::kCorrupt && disk_ == bad) restore(nullptr);
  start();
}

void SimNode::scrub() {
  if (!disk_->damaged() || disk_->readable()) return;
  attend({ErrorCode::kCorrupt, "a scrub finds damage"}, "its disk is damaged");
}

}  // namespace tutti::sim
