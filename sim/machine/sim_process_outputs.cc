#include "sim/machine/sim_process.h"
#include "storage/base/check.h"

// What the replica puts out: packets, work for its disk, remarks.
namespace tutti::sim {
namespace {

// Until an operator has read an alarm and answered.
constexpr Duration kOperatorReads = std::chrono::seconds(3);

const char* event_kind_name(Replica::EventKind kind) {
  using Kind = Replica::EventKind;
  switch (kind) {
    case Kind::kMemberJoined: return "member joined";
    case Kind::kMemberUnreachable: return "member unreachable";
    case Kind::kMemberBack: return "member back";
    case Kind::kMemberHealth: return "member health";
    case Kind::kSeedAstray: return "seed astray";
    case Kind::kTransferBegun: return "transfer begun";
    case Kind::kTransferDone: return "transfer done";
    case Kind::kTransferGivenUp: return "transfer given up";
    case Kind::kTransferDoubted: return "transfer doubted";
    case Kind::kClockAhead: return "clock ahead";
    case Kind::kClone: return "alarm: clone";
    case Kind::kFingerprintUnequal: return "alarm: fingerprints unequal";
    case Kind::kBadMessage: return "alarm: bad message";
    case Kind::kDiskFailed: return "alarm: disk failed";
    case Kind::kDiskFull: return "disk full";
    case Kind::kDiskRoom: return "disk has room";
  }
  return "event";
}

}  // namespace

void SimProcess::perform(Replica::Output& output) {
  const size_t index = machine_.setup.index;
  Network& network = machine_.around.network;
  const auto visitor = [&]<class Kind>(Kind& o) {
    if constexpr (std::is_same_v<Kind, Transport::SendDatagram>) {
      machine_.counts.bytes_sent += o.bytes.size();
      network.send_datagram(index, o.to, std::move(o.bytes));
    } else if constexpr (std::is_same_v<Kind, Transport::OpenStream>) {
      network.streams().open(index, o.stream, network.node_at(o.to));
    } else if constexpr (std::is_same_v<Kind, Transport::SendStream>) {
      machine_.counts.bytes_sent += o.bytes.size();
      const size_t taken = network.streams().send(index, o.stream, std::move(o.bytes));
      if (taken > 0) taken_.emplace_back(o.stream, taken);
    } else if constexpr (std::is_same_v<Kind, Transport::CloseStream>) {
      network.streams().close(index, o.stream);
    } else if constexpr (std::is_same_v<Kind, Replica::RunSync>) {
      run_sync(o.position);
    } else if constexpr (std::is_same_v<Kind, Replica::RunMerge>) {
      run_merge(std::move(o.merge));
    } else if constexpr (std::is_same_v<Kind, Replica::RunJob>) {
      run_job(std::move(o.job));
    } else if constexpr (std::is_same_v<Kind, Replica::RunResume>) {
      machine_.later(Duration(0), [this] {
        turn("resume", {}, [&](const Now& now) { replica_->resume_finished(now, store_->resume()); });
      });
    } else if constexpr (std::is_same_v<Kind, Replica::Reopen>) {
      machine_.later(Duration(0), [&keeper = keeper_] { keeper.reopen(); });
    } else if constexpr (std::is_same_v<Kind, Replica::Event>) {
      note(o);
    }
  };
  std::visit(visitor, output);
}

void SimProcess::note(const Replica::Event& event) {
  using Kind = Replica::EventKind;
  machine_.remark(event.text);
  machine_.around.recorder.told(machine_.around.queue.now(), machine_.setup.index,
                                event_kind_name(event.kind), event.text);
  if (event.kind == Kind::kTransferDone) ++machine_.counts.transfers;
  if (event.kind == Kind::kTransferGivenUp) ++machine_.counts.transfers_given_up;
  if (event.kind == Kind::kTransferDoubted) allow_transfer_soon();
  const bool alarm = (event.kind == Kind::kClone && !machine_.copied) ||
                     event.kind == Kind::kFingerprintUnequal || event.kind == Kind::kBadMessage ||
                     (event.kind == Kind::kDiskFailed && !machine_.disk_trouble()) ||
                     (event.kind == Kind::kDiskFull && !machine_.was_full);
  if (alarm) machine_.fail("alarm", "raised without cause: " + event.text);
}

// Its operator knows that nobody lies here.
void SimProcess::allow_transfer_soon() {
  machine_.later(kOperatorReads, [this] {
    turn("the operator allows a transfer", {},
         [&](const Now&) { (void)replica_->admin().decide_transfer(true); });  // settled meanwhile: no matter
  });
}

// --- the disk ---

Duration SimProcess::merge_time() {
  return machine_.disk_random.between(machine_.setup.merge_min, machine_.setup.merge_max);
}

Result<> SimProcess::sync_disk() {
  auto synced = store_->sync();
  if (synced) machine_.observer.synced(store_->last_position());
  return synced;
}

// An fsync covers what was written before it began, and is over when it returns. The memory disk syncs at
// once: done at the beginning, it spares nothing written later; done at the end, it spares nothing before.
// Each shows what the other hides.
void SimProcess::run_sync(Position position) {
  ++machine_.counts.syncs;
  const bool early = machine_.disk_random.chance(0.5);
  const Duration usual = machine_.disk_random.between(machine_.setup.sync_min, machine_.setup.sync_max);
  const Duration taken(static_cast<int64_t>(static_cast<double>(usual.count()) * machine_.sync_factor));
  auto outcome = std::make_shared<Result<>>();
  if (early) *outcome = sync_disk();
  machine_.later(taken, [this, position, early, outcome] {
    if (!early) *outcome = sync_disk();
    if (!*outcome) {
      machine_.sync_failed = true;
      return turn("sync failed", {}, [&](const Now& now) { replica_->disk_failed(now, outcome->error()); });
    }
    turn("synced", {}, [&](const Now& now) { replica_->persisted(now, position); });
  });
}

void SimProcess::run_merge(std::unique_ptr<Database::Merge> merge) {
  check(!merge_, "one merge at a time");
  merge_ = std::move(merge);
  // Shown on disk at one moment, known to the replica at a later one; the process may end before either, or
  // between.
  machine_.later(merge_time(), [this] {
    auto outcome = std::make_shared<Result<>>(merge_->run());
    machine_.observer.synced(Position{store_->last_position().value - machine_.disk->unsynced()});
    machine_.later(merge_time(), [this, outcome] {
      ++machine_.counts.merges;
      turn("merged", {}, [&](const Now& now) { replica_->merge_finished(now, std::move(merge_), *outcome); });
      machine_.around.merged_states.add(machine_.around.queue.now(), machine_.name, *database_,
                                        machine_.around.verdict);
    });
  });
}

void SimProcess::run_job(std::function<Result<>()> job) {
  machine_.later(merge_time(), [this, job = std::move(job)] {
    const auto done = job();
    if (!done) turn("job failed", {}, [&](const Now& now) { replica_->job_failed(now, done.error()); });
  });
}

}  // namespace tutti::sim
