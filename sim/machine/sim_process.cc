#include "sim/machine/sim_process.h"

#include <algorithm>

#include "protocol/messages/message_codec.h"
#include "sim/machine/null_transport.h"
#include "sim/machine/watched_transport.h"

namespace tutti::sim {
namespace {

// Nobody lies here; who may be a member is the daemon's question.
class TrustEverybody final : public MemberTrust {
 public:
  Result<> verify(const MemberRecord&, WallTime) const override { return {}; }
  std::string sign(ByteView) const override { return "signed"; }
};

}  // namespace

Result<std::unique_ptr<SimProcess>> SimProcess::open(Machine& machine, Keeper& keeper) {
  auto store = std::make_unique<MemoryStore>(machine.disk);
  if (machine.disk->lost_record()) machine.loss = Observer::Loss::kDisk;
  auto database = Database::open(*store, machine.setup.key, machine.setup.database);
  if (!database) return std::unexpected(database.error());
  return std::unique_ptr<SimProcess>(new SimProcess(machine, keeper, std::move(store), std::move(*database)));
}

SimProcess::SimProcess(Machine& machine, Keeper& keeper, std::unique_ptr<MemoryStore> store,
                       std::unique_ptr<Database> database)
    : machine_(machine),
      keeper_(keeper),
      trust_(std::make_unique<TrustEverybody>()),
      store_(std::move(store)),
      database_(std::move(database)) {}

SimProcess::~SimProcess() = default;

Result<> SimProcess::start() {
  Machine& m = machine_;
  if (m.setup.memory_misses > 0)
    m.disk->set_memory_misses([&m] { return m.cache_random.chance(m.setup.memory_misses); });
  m.observer.excuse_unreadable(m.disk->damaged());
  observe([&] { m.observer.started(m.around.queue.now(), *database_, m.loss, m.now().wall_ms()); });
  m.loss = Observer::Loss::kNothing;
  m.around.recorder.node_started(m.around.queue.now(), m.setup.index, database_->clock());
  transport_ = make_transport();
  replica_ = std::make_unique<Replica>(m.setup.replica, *database_, *transport_, *trust_, m.replica_random,
                                       Replica::Authority{});
  if (const auto started = replica_->start(m.now()); !started) return started;
  end_turn();
  return {};
}

std::unique_ptr<Transport> SimProcess::make_transport() {
  const Surroundings& around = machine_.around;
  Narrator* narrator = around.trace.narrator();
  if (!around.verdict.judges("replay") && !around.verdict.judges("bounds") && !narrator)
    return make_plain_transport();
  WatchedTransport::Heard heard;
  if (narrator) {
    heard = [this, narrator](const Transport::Received& received) {
      if (const auto message = decode_message(received.message)) {
        narrator->heard(machine_.around.queue.now(), machine_.setup.index, received.from,
                        received.channel == Transport::Channel::kDatagram, *message);
      }
    };
  }
  return std::make_unique<WatchedTransport>(
      make_plain_transport(), machine_.setup.replica.self.id, around.deliveries,
      machine_.setup.noise.has_value(), machine_.setup.replica.push_backlog_bytes_max,
      [this](const char* checker, std::string what) { machine_.fail(checker, std::move(what)); },
      std::move(heard));
}

std::unique_ptr<Transport> SimProcess::make_plain_transport() {
  const auto& setup = machine_.setup;
  if (!setup.noise) return std::make_unique<NullTransport>(setup.replica.self.id, machine_.life);
  NoiseOptions options = *setup.noise;
  machine_.boot_counter = std::max(machine_.boot_counter + 1, machine_.now().wall_ms());
  options.boot_counter = machine_.boot_counter;
  return std::make_unique<NoiseTransport>(options, machine_.replica_random);
}

// --- turns ---

void SimProcess::turn(const char* kind, ByteView bytes, const std::function<void(const Now&)>& work) {
  if (machine_.inbox.paused()) return;
  machine_.around.trace.turn(machine_.around.queue.now(), machine_.setup.index, kind, bytes);
  work(machine_.now());
  end_turn();
}

void SimProcess::end_turn() {
  end_one_turn();
  // What the kernel took at once is told as the loop would tell it: in a turn of its own.
  while (!taken_.empty() && !machine_.around.verdict.failed()) {
    const auto taken = std::move(taken_);
    taken_.clear();
    for (const auto& [stream, bytes] : taken) replica_->handle_stream_drained(machine_.now(), stream, bytes);
    end_one_turn();
  }
  if (settling_) {
    settled_ = replica_->drain(machine_.now());
    end_one_turn();
    if (settled_ && stopping_) machine_.later(Duration(0), [&keeper = keeper_] { keeper.drained(); });
  }
  arm();
}

void SimProcess::end_one_turn() {
  ++machine_.counts.turns;
  const auto position = replica_->end_turn(machine_.now());
  if (!position) {
    // What it did before it failed stands in the log, and the rows must be as of that.
    observe_turn(store_->last_position());
    // Of a full disk nobody need be told: it goes on by itself.
    if (position.error().code != ErrorCode::kFull) keeper_.disk_failed(position.error(), "its disk failed");
  } else {
    if (recorded_ != *position) {
      machine_.around.recorder.committed(machine_.around.queue.now(), machine_.setup.index,
                                         database_->clock());
    }
    recorded_ = *position;
    check_turn(*position);
  }
  while (auto output = replica_->poll_output()) perform(*output);
}

void SimProcess::settle() {
  settling_ = true;
  settled_ = false;
  turn("settle", {}, [](const Now&) {});
}

void SimProcess::stop() {
  stopping_ = true;
  settle();
}

void SimProcess::rearm() {
  timer_.reset();
  arm();
}

void SimProcess::arm() {
  const auto deadline = replica_->next_deadline();
  if (!deadline) return;
  EventQueue& queue = machine_.around.queue;
  const Instant at = std::max(machine_.clock.to_virtual(*deadline), queue.now());
  if (timer_ && *timer_ <= at) return;
  timer_ = at;
  queue.at(at, [this, &machine = machine_, of = machine_.life, at] {
    if (of != machine.life || timer_ != at) return;  // it has ended, or an earlier one was armed since
    machine.arrive(0, [this] {
      timer_.reset();
      turn("timer", {}, [&](const Now& now) { replica_->handle_timeout(now); });
    });
  });
}

}  // namespace tutti::sim
