#include "sim/sim_node.h"

#include "sim/checkers/buffer_bounds.h"
#include "sim/null_transport.h"
#include "sim/watched_transport.h"
#include "storage/check.h"

namespace tutti::sim {
namespace {

constexpr uint64_t kAcceptedStream = 1ull << 63;

// Nobody lies here; who may be a member is the daemon's question.
class TrustEverybody final : public MemberTrust {
 public:
  Result<> verify(const MemberRecord&, WallTime) const override { return {}; }
  std::string sign(ByteView) const override { return "signed"; }
};

}  // namespace

SimNode::SimNode(Setup setup, Surroundings& surroundings)
    : setup_(std::move(setup)),
      around_(surroundings),
      name_("n" + std::to_string(setup_.index)),
      random_(setup_.seed, "node", setup_.index),
      disk_random_(setup_.seed, "disk", setup_.index),
      disk_(std::make_shared<MemoryDisk>()),
      observer_(setup_.index, name_, around_.history, around_.verdict,
                SeededRandom(setup_.seed, "observer", setup_.index), setup_.row_checks, around_.trace),
      trust_(std::make_unique<TrustEverybody>()) {}

SimNode::~SimNode() { end(true); }

Now SimNode::now() const {
  const Duration since_start = around_.queue.now().time_since_epoch();
  const auto true_wall = std::chrono::milliseconds(kTrueWallStartMs) +
                         std::chrono::duration_cast<std::chrono::milliseconds>(since_start);
  return {around_.queue.now() + setup_.mono_start, WallTime(true_wall + setup_.wall_offset)};
}

// --- its life ---

void SimNode::start() {
  check(!up(), "a node starts once");
  around_.trace.event(around_.queue.now(), setup_.index, "start");
  ++life_;
  ++counts_.starts;
  settling_ = settled_ = stopping_ = false;
  store_ = std::make_unique<MemoryStore>(disk_);
  auto opened = Database::open(*store_, setup_.key, setup_.database);
  if (!opened) {
    return around_.verdict.fail("recovery", around_.queue.now(), name_,
                                "does not open: " + opened.error().message);
  }
  database_ = std::move(*opened);
  observer_.started(around_.queue.now(), *database_, loss_);
  loss_ = Observer::Loss::kNothing;
  transport_ = make_transport();
  replica_ = std::make_unique<Replica>(setup_.replica, *database_, *transport_, *trust_, random_,
                                       Replica::Authority{});
  const auto started = replica_->start(now());
  if (!started)
    around_.verdict.fail("recovery", around_.queue.now(), name_,
                         "does not start: " + started.error().message);
  end_turn();
}

std::unique_ptr<Transport> SimNode::make_transport() {
  if (!around_.verdict.judges("replay")) return make_plain_transport();
  return std::make_unique<WatchedTransport>(
      make_plain_transport(), setup_.replica.self.id, around_.deliveries, setup_.noise.has_value(),
      [this](std::string what) { around_.verdict.fail("replay", around_.queue.now(), name_, what); });
}

std::unique_ptr<Transport> SimNode::make_plain_transport() {
  if (!setup_.noise) return std::make_unique<NullTransport>(setup_.replica.self.id, life_);
  NoiseOptions options = *setup_.noise;
  boot_counter_ = std::max(boot_counter_ + 1, now().wall_ms());
  options.boot_counter = boot_counter_;
  return std::make_unique<NoiseTransport>(options, random_);
}

void SimNode::end(bool process_alone) {
  if (!up()) return;
  ++life_;
  merge_.reset();
  replica_.reset();
  transport_.reset();
  database_.reset();
  store_.reset();
  timer_.reset();
  taken_.clear();
  around_.network.streams().node_gone(setup_.index, process_alone);
}

void SimNode::kill() {
  if (!up()) return;
  around_.trace.event(around_.queue.now(), setup_.index, "kill");
  end(true);
}

void SimNode::power_loss(SeededRandom& random) {
  if (!up()) return;
  around_.trace.event(around_.queue.now(), setup_.index, "power loss");
  end(false);
  disk_->power_loss(random.below(disk_->unsynced() + 1));
  loss_ = Observer::Loss::kUnsynced;
}

void SimNode::restore(std::shared_ptr<MemoryDisk> disk) {
  around_.trace.event(around_.queue.now(), setup_.index, disk ? "restore" : "wipe");
  end(true);
  disk_ = disk ? std::move(disk) : std::make_shared<MemoryDisk>();
  disk_->power_loss(disk_->unsynced());  // whoever puts a copy back lets it reach the disk, whole
  loss_ = Observer::Loss::kDisk;
}

void SimNode::stop() {
  if (!up()) return;
  stopping_ = true;
  settle();
}

void SimNode::settle() {
  settling_ = true;
  settled_ = false;
  turn("settle", {}, [](const Now&) {});
}

void SimNode::later(Duration delay, std::function<void()> work) {
  around_.queue.after(delay, [this, life = life_, work = std::move(work)] {
    if (life == life_) work();
  });
}

// --- turns ---

void SimNode::turn(const char* kind, ByteView bytes, const std::function<void(const Now&)>& work) {
  if (!up()) return;
  around_.trace.turn(around_.queue.now(), setup_.index, kind, bytes);
  work(now());
  end_turn();
}

void SimNode::end_turn() {
  end_one_turn();
  // What the kernel took at once is told as the loop would tell it: in a turn of its own.
  while (!taken_.empty() && !around_.verdict.failed()) {
    const auto taken = std::move(taken_);
    taken_.clear();
    for (const auto& [stream, bytes] : taken) replica_->handle_stream_drained(now(), stream, bytes);
    end_one_turn();
  }
  if (settling_) {
    settled_ = replica_->drain(now());
    end_one_turn();
    if (settled_ && stopping_) later(Duration(0), [this] { kill(); });
  }
  arm();
}

void SimNode::end_one_turn() {
  ++counts_.turns;
  const auto position = replica_->end_turn(now());
  if (!position) {
    return around_.verdict.fail("recovery", around_.queue.now(), name_,
                                "its disk failed: " + position.error().message);
  }
  check_turn(*position);
  while (auto output = replica_->poll_output()) perform(*output);
}

void SimNode::check_turn(Position position) {
  observer_.turn(around_.queue.now(), *database_, replica_->actor(), position);
  check_replies();
  check_bounds();
}

void SimNode::check_bounds() {
  const BufferUse buffers[] = {
      {"operations that wait for their past", replica_->waiting_operations(),
       setup_.replica.waiting_operations_max},
      {"bytes that wait for their past", replica_->waiting_bytes(), setup_.replica.waiting_bytes_max},
  };
  const std::string over = over_bound(buffers);
  if (!over.empty()) around_.verdict.fail("bounds", around_.queue.now(), name_, over);
}

// A power loss would show it, but not every time: what clients were told, or shown, must be on the disk.
void SimNode::check_replies() {
  const Position told = replica_->persisted_position();
  const Position synced{store_->last_position().value - disk_->unsynced()};
  observer_.replied(told);
  if (told <= synced || setup_.replica.durability != Durability::kAlways) return;
  around_.verdict.fail("acknowledged", around_.queue.now(), name_,
                       "replies may go up to log position " + std::to_string(told.value) +
                           ", and the disk is synced up to " + std::to_string(synced.value));
}

// --- outputs ---

void SimNode::perform(Replica::Output& output) {
  const auto visitor = [&]<class Kind>(Kind& o) {
    if constexpr (std::is_same_v<Kind, Transport::SendDatagram>) {
      around_.network.send_datagram(setup_.index, o.to, o.bytes);
    } else if constexpr (std::is_same_v<Kind, Transport::OpenStream>) {
      around_.network.streams().open(setup_.index, o.stream, around_.network.node_at(o.to));
    } else if constexpr (std::is_same_v<Kind, Transport::SendStream>) {
      const size_t taken = around_.network.streams().send(setup_.index, o.stream, std::move(o.bytes));
      if (taken > 0) taken_.emplace_back(o.stream, taken);
    } else if constexpr (std::is_same_v<Kind, Transport::CloseStream>) {
      around_.network.streams().close(setup_.index, o.stream);
    } else if constexpr (std::is_same_v<Kind, Replica::RunSync>) {
      run_sync(o.position);
    } else if constexpr (std::is_same_v<Kind, Replica::RunMerge>) {
      run_merge(std::move(o.merge));
    } else if constexpr (std::is_same_v<Kind, Replica::RunJob>) {
      run_job(std::move(o.job));
    } else if constexpr (std::is_same_v<Kind, Replica::Event>) {
      note(o);
    }
  };
  std::visit(visitor, output);
}

void SimNode::note(const Replica::Event& event) {
  using Kind = Replica::EventKind;
  around_.trace.event(around_.queue.now(), setup_.index, event.text);
  if (event.kind == Kind::kTransferDone) ++counts_.transfers;
  if (event.kind == Kind::kTransferGivenUp) ++counts_.transfers_given_up;
  const bool alarm = event.kind == Kind::kClone || event.kind == Kind::kFingerprintUnequal ||
                     event.kind == Kind::kBadMessage || event.kind == Kind::kDiskFailed;
  if (alarm) around_.verdict.fail("alarm", around_.queue.now(), name_, "raised without cause: " + event.text);
}

void SimNode::sync_disk() {
  const auto synced = store_->sync();
  check(synced.has_value(), "a memory disk syncs");
  observer_.synced(store_->last_position());
}

// An fsync covers what was written before it began, and is over when it returns. The memory disk syncs at
// once: done at the beginning, it spares nothing written later; done at the end, it spares nothing before.
// Each shows what the other hides.
void SimNode::run_sync(Position position) {
  ++counts_.syncs;
  const bool early = disk_random_.chance(0.5);
  const Duration taken = disk_random_.between(setup_.sync_min, setup_.sync_max);
  if (early) sync_disk();
  later(Duration(static_cast<int64_t>(static_cast<double>(taken.count()) * sync_factor_)),
        [this, position, early] {
          if (!early) sync_disk();
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

void SimNode::arm() {
  const auto deadline = replica_->next_deadline();
  if (!deadline) return;
  const Instant at = std::max(to_virtual(*deadline), around_.queue.now());
  if (timer_ && *timer_ <= at) return;
  timer_ = at;
  around_.queue.at(at, [this, life = life_, at] {
    if (life != life_ || timer_ != at) return;  // an earlier one was armed since
    timer_.reset();
    turn("timer", {}, [&](const Now& now) { replica_->handle_timeout(now); });
  });
}

// --- from the network ---

void SimNode::datagram(const Address& from, ByteView bytes) {
  turn("datagram", bytes, [&](const Now& now) { replica_->handle_datagram(now, from, bytes); });
}
StreamId SimNode::accept() { return StreamId{kAcceptedStream | ++last_accepted_}; }
void SimNode::stream_opened(StreamId stream, const Address& peer) {
  turn("stream opened", {}, [&](const Now& now) { replica_->handle_stream_opened(now, stream, peer); });
}
void SimNode::stream_bytes(StreamId stream, ByteView bytes) {
  turn("stream", bytes, [&](const Now& now) { replica_->handle_stream(now, stream, bytes); });
}
void SimNode::stream_drained(StreamId stream, size_t bytes) {
  turn("drained", {}, [&](const Now& now) { replica_->handle_stream_drained(now, stream, bytes); });
}
void SimNode::stream_closed(StreamId stream) {
  turn("stream closed", {}, [&](const Now& now) { replica_->handle_stream_closed(now, stream); });
}

}  // namespace tutti::sim
