#include "sim/machine/sim_node.h"

#include "protocol/messages/message_codec.h"
#include "sim/checkers/buffer_bounds.h"
#include "sim/machine/null_transport.h"
#include "sim/machine/watched_transport.h"
#include "storage/base/check.h"

namespace tutti::sim {
namespace {

constexpr uint64_t kAcceptedStream = 1ull << 63;

// Nobody lies here; who may be a member is the daemon's question.
class TrustEverybody final : public MemberTrust {
 public:
  Result<> verify(const MemberRecord&, WallTime) const override { return {}; }
  std::string sign(ByteView) const override { return "signed"; }
};

const char* event_kind_name(Replica::EventKind kind) {
  using Kind = Replica::EventKind;
  switch (kind) {
    case Kind::kMemberJoined: return "member joined";
    case Kind::kMemberUnreachable: return "member unreachable";
    case Kind::kMemberBack: return "member back";
    case Kind::kTransferBegun: return "transfer begun";
    case Kind::kTransferDone: return "transfer done";
    case Kind::kTransferGivenUp: return "transfer given up";
    case Kind::kClockAhead: return "clock ahead";
    case Kind::kClone: return "alarm: clone";
    case Kind::kFingerprintUnequal: return "alarm: fingerprints unequal";
    case Kind::kBadMessage: return "alarm: bad message";
    case Kind::kDiskFailed: return "alarm: disk failed";
  }
  return "event";
}

}  // namespace

SimNode::SimNode(Setup setup, Surroundings& surroundings)
    : setup_(std::move(setup)),
      around_(surroundings),
      tenant_(setup_.spare ? Tenant::kNobody : Tenant::kMember),
      name_("n" + std::to_string(setup_.index)),
      random_(setup_.seed, "node", setup_.index),
      disk_random_(setup_.seed, "disk", setup_.index),
      operator_random_(setup_.seed, "operator", setup_.index),
      disk_(std::make_shared<MemoryDisk>()),
      observer_(setup_.index, name_, around_.history, around_.verdict,
                SeededRandom(setup_.seed, "observer", setup_.index), setup_.row_checks, around_.trace),
      clock_(setup_.mono_start, setup_.wall_offset),
      inbox_(around_.queue),
      trust_(std::make_unique<TrustEverybody>()) {}

SimNode::~SimNode() { end(true); }

// --- its life ---

void SimNode::start() {
  check(!up(), "a node starts once");
  around_.trace.event(around_.queue.now(), setup_.index, "start");
  ++life_;
  ++counts_.starts;
  settling_ = settled_ = stopping_ = false;
  disk_trouble_ = disk_->failing();
  store_ = std::make_unique<MemoryStore>(disk_);
  if (disk_->lost_record()) loss_ = Observer::Loss::kDisk;
  auto opened = Database::open(*store_, setup_.key, setup_.database);
  if (!opened) {
    store_.reset();
    return attend(opened.error(), "does not open");
  }
  database_ = std::move(*opened);
  observer_.excuse_unreadable(disk_->damaged());
  observe([&] { observer_.started(around_.queue.now(), *database_, loss_); });
  loss_ = Observer::Loss::kNothing;
  around_.recorder.node_started(around_.queue.now(), setup_.index, database_->clock());
  transport_ = make_transport();
  replica_ = std::make_unique<Replica>(setup_.replica, *database_, *transport_, *trust_, random_,
                                       Replica::Authority{});
  const auto started = replica_->start(now());
  if (!started) {
    attend(started.error(), "does not start");
    return end(true);
  }
  end_turn();
}

std::unique_ptr<Transport> SimNode::make_transport() {
  Narrator* narrator = around_.trace.narrator();
  if (!around_.verdict.judges("replay") && !around_.verdict.judges("bounds") && !narrator)
    return make_plain_transport();
  WatchedTransport::Heard heard;
  if (narrator) {
    heard = [this, narrator](const Transport::Received& received) {
      if (const auto message = decode_message(received.message)) {
        narrator->heard(around_.queue.now(), setup_.index, received.from,
                        received.channel == Transport::Channel::kDatagram, *message);
      }
    };
  }
  return std::make_unique<WatchedTransport>(
      make_plain_transport(), setup_.replica.self.id, around_.deliveries, setup_.noise.has_value(),
      setup_.replica.push_backlog_bytes_max,
      [this](const char* checker, std::string what) {
        around_.verdict.fail(checker, around_.queue.now(), name_, std::move(what));
      },
      std::move(heard));
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
  around_.recorder.node_ended(around_.queue.now(), setup_.index,
                              process_alone ? "process ended" : "power lost");
  ++life_;
  inbox_.clear();
  merge_.reset();
  replica_.reset();
  transport_.reset();
  database_.reset();
  store_.reset();
  timer_.reset();
  recorded_.reset();
  taken_.clear();
  around_.network.streams().node_gone(setup_.index, process_alone);
  if (!sync_failed_) return;
  // What a failed fsync was to write, the kernel may have dropped.
  sync_failed_ = false;
  disk_->power_loss(operator_random_.below(disk_->unsynced() + 1));
  loss_ = std::max(loss_, Observer::Loss::kUnsynced);
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
  // Amid which record, too: part of it may be there.
  const uint64_t survive = random.below(disk_->unsynced() + 1);
  disk_->power_loss(survive, random.chance(0.5) ? random.unit() : 0);
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

void SimNode::arrive(size_t datagram_bytes, Inbox::Work work) {
  inbox_.arrive(datagram_bytes, [this, life = life_, work = std::move(work)]() mutable {
    if (life == life_ && !around_.verdict.failed()) work();
  });
}

void SimNode::later(Duration delay, std::function<void()> work) {
  around_.queue.after(delay, [this, life = life_, work = std::move(work)]() mutable {
    if (life == life_) arrive(0, std::move(work));
  });
}

void SimNode::pause() {
  if (!up() || inbox_.paused()) return;
  around_.trace.event(around_.queue.now(), setup_.index, "pause");
  inbox_.pause();
}

void SimNode::resume() {
  if (!inbox_.paused()) return;
  around_.trace.event(around_.queue.now(), setup_.index, "resume");
  inbox_.resume();
}

// What was armed was reckoned at another pace.
void SimNode::drift(int64_t ppm) {
  around_.trace.event(around_.queue.now(), setup_.index, "drift " + std::to_string(ppm) + " ppm");
  clock_.drift(around_.queue.now(), ppm);
  timer_.reset();
  if (up()) arm();
}

// --- turns ---

void SimNode::turn(const char* kind, ByteView bytes, const std::function<void(const Now&)>& work) {
  if (!up() || inbox_.paused()) return;
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
    // What it did before it failed stands in the log, and the rows must be as of that.
    observe_turn(store_->last_position());
    attend(position.error(), "its disk failed");
  } else {
    if (recorded_ != *position)
      around_.recorder.committed(around_.queue.now(), setup_.index, database_->clock());
    recorded_ = *position;
    check_turn(*position);
  }
  while (auto output = replica_->poll_output()) perform(*output);
}

template <class Work>
void SimNode::observe(const Work& work) {
  disk_->suspend_errors(true);
  work();
  disk_->suspend_errors(false);
}

void SimNode::check_all() {
  observe([&] { observer_.check_all(around_.queue.now(), *database_); });
}

void SimNode::observe_turn(Position position) {
  observe([&] { observer_.turn(around_.queue.now(), *database_, replica_->keys().actor(), position); });
}

void SimNode::check_turn(Position position) {
  observe_turn(position);
  check_replies();
  check_bounds();
}

void SimNode::check_bounds() {
  const BufferUse buffers[] = {
      {"operations that wait for their past", replica_->waiting_operations(),
       setup_.replica.waiting_operations_max},
      {"bytes that wait for their past", replica_->waiting_bytes(), setup_.replica.waiting_bytes_max},
      // What is staged one join takes whole: bounded is what a try leaves behind.
      {"bytes of rows that a transfer left", replica_->transferring() ? 0 : replica_->transfer_cache_bytes(),
       setup_.replica.transfer_cache_bytes_max},
      // A table that is half of the bound is frozen by the end of the turn that filled it, or once the merge
      // before it is over.
      {"bytes of the table that fills, and no merge under way",
       merge_ || database_->merging() || database_->broken() ? 0 : database_->table_bytes(),
       setup_.database.table_bytes_max / 2},
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
      counts_.bytes_sent += o.bytes.size();
      around_.network.send_datagram(setup_.index, o.to, std::move(o.bytes));
    } else if constexpr (std::is_same_v<Kind, Transport::OpenStream>) {
      around_.network.streams().open(setup_.index, o.stream, around_.network.node_at(o.to));
    } else if constexpr (std::is_same_v<Kind, Transport::SendStream>) {
      counts_.bytes_sent += o.bytes.size();
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
  around_.recorder.told(around_.queue.now(), setup_.index, event_kind_name(event.kind), event.text);
  if (event.kind == Kind::kTransferDone) ++counts_.transfers;
  if (event.kind == Kind::kTransferGivenUp) ++counts_.transfers_given_up;
  const bool alarm = (event.kind == Kind::kClone && !copied_) || event.kind == Kind::kFingerprintUnequal ||
                     event.kind == Kind::kBadMessage || (event.kind == Kind::kDiskFailed && !disk_trouble());
  if (alarm) around_.verdict.fail("alarm", around_.queue.now(), name_, "raised without cause: " + event.text);
}

void SimNode::arm() {
  const auto deadline = replica_->next_deadline();
  if (!deadline) return;
  const Instant at = std::max(clock_.to_virtual(*deadline), around_.queue.now());
  if (timer_ && *timer_ <= at) return;
  timer_ = at;
  around_.queue.at(at, [this, life = life_, at] {
    if (life != life_ || timer_ != at) return;  // an earlier one was armed since
    arrive(0, [this] {
      timer_.reset();
      turn("timer", {}, [&](const Now& now) { replica_->handle_timeout(now); });
    });
  });
}

// --- from the network ---

void SimNode::datagram(const Address& from, ByteView bytes) {
  arrive(bytes.size(), [this, from, bytes = std::string(bytes)] {
    turn("datagram", bytes, [&](const Now& now) { replica_->handle_datagram(now, from, bytes); });
  });
}
StreamId SimNode::accept() { return StreamId{kAcceptedStream | ++last_accepted_}; }
void SimNode::stream_opened(StreamId stream, const Address& peer) {
  arrive(0, [this, stream, peer] {
    turn("stream opened", {}, [&](const Now& now) { replica_->handle_stream_opened(now, stream, peer); });
  });
}
void SimNode::stream_bytes(StreamId stream, ByteView bytes) {
  arrive(0, [this, stream, bytes = std::string(bytes)] {
    turn("stream", bytes, [&](const Now& now) { replica_->handle_stream(now, stream, bytes); });
  });
}
void SimNode::stream_drained(StreamId stream, size_t bytes) {
  arrive(0, [this, stream, bytes] {
    turn("drained", {}, [&](const Now& now) { replica_->handle_stream_drained(now, stream, bytes); });
  });
}
void SimNode::stream_closed(StreamId stream) {
  arrive(0, [this, stream] {
    turn("stream closed", {}, [&](const Now& now) { replica_->handle_stream_closed(now, stream); });
  });
}

}  // namespace tutti::sim
