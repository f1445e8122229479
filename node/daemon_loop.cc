#include "node/daemon_loop.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <utility>

#include "node/setup/endpoint.h"
#include "storage/base/check.h"

namespace tutti {

namespace {

// A turn may lead to another one (a deferred answer, a resumed client). At most this many turns run before the sockets
// are read again.
constexpr int kTurnsInARow = 4;

spdlog::level::level_enum level_of(Replica::EventKind kind) {
  switch (kind) {
    case Replica::EventKind::kMemberJoined:
    case Replica::EventKind::kMemberBack:
    case Replica::EventKind::kTransferBegun:
    case Replica::EventKind::kTransferDone:
    case Replica::EventKind::kDiskRoom: return spdlog::level::info;
    case Replica::EventKind::kMemberUnreachable:
    case Replica::EventKind::kSeedAstray:
    case Replica::EventKind::kMemberHealth:
    case Replica::EventKind::kTransferGivenUp:
    case Replica::EventKind::kClockAhead:
    case Replica::EventKind::kBadMessage: return spdlog::level::warn;
    case Replica::EventKind::kTransferDoubted:
    case Replica::EventKind::kClone:
    case Replica::EventKind::kFingerprintUnequal:
    case Replica::EventKind::kDiskFailed:
    case Replica::EventKind::kDiskFull: return spdlog::level::err;
  }
  return spdlog::level::err;
}

uv_loop_t* initialized(uv_loop_t* loop) {
  check(uv_loop_init(loop) == 0, "the system has an event loop for us");
  return loop;
}

}  // namespace

DaemonLoop::DaemonLoop(Replica& replica, Store& store, const std::string& password,
                       const Descriptors& descriptors)
    : replica_(replica),
      store_(store),
      udp_(initialized(&loop_), *this),
      streams_(&loop_, *this, descriptors.members),
      doors_(&loop_, turn_, replica, password, descriptors.clients),
      worker_(&loop_),
      resolver_(&loop_),
      timer_(&loop_, [this] { replica_.handle_timeout(turn_.open()); }),
      after_reads_(new uv_check_t),
      before_sleep_(new uv_prepare_t),
      terminate_(new uv_signal_t),
      interrupt_(new uv_signal_t) {
  const auto close_turn = [](auto* handle) { static_cast<DaemonLoop*>(handle->data)->close_turn(); };
  uv_check_init(&loop_, after_reads_.get());
  uv_prepare_init(&loop_, before_sleep_.get());
  uv_signal_init(&loop_, terminate_.get());
  uv_signal_init(&loop_, interrupt_.get());
  after_reads_->data = before_sleep_->data = terminate_->data = interrupt_->data = this;
  uv_check_start(after_reads_.get(), close_turn);
  uv_prepare_start(before_sleep_.get(), close_turn);
  uv_signal_start(terminate_.get(), on_signal, SIGTERM);
  uv_signal_start(interrupt_.get(), on_signal, SIGINT);
}

DaemonLoop::~DaemonLoop() {
  close_handles();
  uv_run(&loop_, UV_RUN_DEFAULT);  // the close callbacks
  check(uv_loop_close(&loop_) == 0, "every handle was closed");
}

Outcome<> DaemonLoop::listen(const Address& members, const std::vector<DoorAddress>& doors) {
  if (auto ok = udp_.bind(members); !ok) return cannot_listen("members", "listen", ok.error());
  if (auto ok = streams_.listen(members); !ok) return cannot_listen("members", "listen", ok.error());
  return doors_.listen(doors);
}

DaemonLoop::End DaemonLoop::run() {
  turn_.open();  // what start() led to
  uv_run(&loop_, UV_RUN_DEFAULT);
  if (reopen_) return End::kReopen;
  const bool failed = replica_.admin().health().state == Health::State::kDiskFailed;
  return failed ? End::kDiskFailed : End::kDrained;
}

void DaemonLoop::on_datagram(const Address& from, ByteView bytes) {
  if (draining_) return;
  replica_.handle_datagram(turn_.open(), from, bytes);
}

void DaemonLoop::on_stream_opened(StreamId stream, const Address& peer) {
  replica_.handle_stream_opened(turn_.open(), stream, peer);
}

void DaemonLoop::on_stream_bytes(StreamId stream, ByteView bytes) {
  if (draining_) return;
  replica_.handle_stream(turn_.open(), stream, bytes);
}

void DaemonLoop::on_stream_closed(StreamId stream) { replica_.handle_stream_closed(turn_.open(), stream); }

void DaemonLoop::on_stream_drained(StreamId stream, size_t bytes) {
  replica_.handle_stream_drained(turn_.open(), stream, bytes);
}

void DaemonLoop::close_turn() {
  for (int i = 0; i < kTurnsInARow && turn_.is_open(); ++i) {
    turn_.close();
    doors_.each(&Door::resume);
    const Now now = turn_.tick();
    const auto position = replica_.end_turn(now);
    carry_out(now);
    // Messages go before the replies: a client of another node may have waited longer than the client here.
    streams_.flush();
    if (position) {
      doors_.each(&Door::end_turn, *position, replica_.persisted_position());
    } else if (!disk_failed_) {
      disk_failed_ = true;
      doors_.each(&Door::drop_unpersisted, position.error());
    } else {
      doors_.each(&Door::end_turn, Position{}, Position{});  // reads, and words about the disk
    }
    if (draining_) {
      const bool drained = replica_.drain(now);
      carry_out(now);
      if (drained && !reopen_ && worker_.running() == 0) return uv_stop(&loop_);
    }
  }
  if (reopen_ && worker_.running() == 0) uv_stop(&loop_);
  const Now now = turn_.tick();
  timer_.arm(now.mono, turn_.is_open() ? now.mono : replica_.next_deadline());
}

void DaemonLoop::carry_out(const Now& now) {
  while (auto output = replica_.poll_output()) {
    std::visit([&](auto& what) { act(now, what); }, *output);
  }
}

void DaemonLoop::act(const Now&, Transport::SendDatagram& datagram) {
  udp_.send(datagram.to, datagram.bytes);
}
void DaemonLoop::act(const Now&, Transport::OpenStream& open) {
  if (!draining_) streams_.open(open.stream, open.to);
}
void DaemonLoop::act(const Now&, Transport::SendStream& send) {
  streams_.send(send.stream, std::move(send.bytes));
}
void DaemonLoop::act(const Now&, Transport::CloseStream& close) { streams_.close(close.stream); }

void DaemonLoop::act(const Now&, Replica::RunSync& sync) {
  worker_.run([this] { return store_.sync(); },
              [this, upto = sync.position](Result<> outcome) {
                if (!outcome) return disk_failed(outcome.error());
                replica_.persisted(turn_.open(), upto);
                doors_.each(&Door::persisted, replica_.persisted_position());
              });
}

void DaemonLoop::act(const Now&, Replica::RunMerge& run) {
  // std::function wants what can be copied.
  auto merge = std::make_shared<std::unique_ptr<Database::Merge>>(std::move(run.merge));
  worker_.run([merge] { return (*merge)->run(); },
              [this, merge](Result<> outcome) {
                if (!outcome) spdlog::error("merge: {}", outcome.error().message);
                replica_.merge_finished(turn_.open(), std::move(*merge), std::move(outcome));
              });
}

void DaemonLoop::act(const Now&, Replica::RunJob& run) {
  worker_.run(std::move(run.job), [this](Result<> outcome) {
    if (!outcome) replica_.job_failed(read_clocks(), outcome.error());
    turn_.open();
  });
}

void DaemonLoop::act(const Now&, Replica::RunResume&) {
  worker_.run([this] { return store_.resume(); },
              [this](const Result<>& outcome) {
                replica_.resume_finished(read_clocks(), outcome);
                turn_.open();
              });
}

void DaemonLoop::act(const Now&, Replica::Reopen&) {
  if (draining_) return;
  reopen_ = true;
  draining_ = true;
  doors_.each(&Door::stop_reading);
}

void DaemonLoop::act(const Now&, Replica::RunFetch& fetch) {
  worker_.run(
      [job = std::move(fetch.job)] {
        job();
        return Result<>();
      },
      [this, token = fetch.token](const Result<>&) { doors_.each(&Door::fetched, token); });
}

void DaemonLoop::act(const Now&, Replica::Resolve& resolve) {
  resolver_.resolve(resolve.endpoint,
                    [this, endpoint = resolve.endpoint](const Result<std::vector<Address>>& addresses) {
                      replica_.resolved(turn_.open(), endpoint, addresses);
                    });
}

void DaemonLoop::act(const Now&, Replica::Event& event) {
  spdlog::log(level_of(event.kind), "{}: {}", short_name(event.peer), event.text);
}

void DaemonLoop::act(const Now&, Replica::Deferral& deferral) { doors_.each(&Door::answer, deferral); }

void DaemonLoop::disk_failed(const Error& why) {
  replica_.disk_failed(turn_.open(), why);
  disk_failed_ = true;
  doors_.each(&Door::drop_unpersisted, why);
}

void DaemonLoop::on_signal(uv_signal_t* handle, int number) {
  auto& self = *static_cast<DaemonLoop*>(handle->data);
  if (self.draining_ && !self.reopen_) {
    spdlog::warn("a second signal: leaving at once; the log is replayed at the next start");
    _exit(static_cast<int>(ExitCode::kNo));
  }
  self.begin_drain(number);
}

void DaemonLoop::begin_drain(int number) {
  spdlog::info("{}: draining", number == SIGTERM ? "SIGTERM" : "SIGINT");
  draining_ = true;
  reopen_ = false;
  // Peers keep writing, so a node that went on listening would never end. It gets their writes at its next start.
  doors_.each(&Door::stop_reading);
  turn_.open();
}

void DaemonLoop::close_handles() {
  doors_.each(&Door::close);
  resolver_.cancel();
  streams_.close_all();
  udp_.close();
  timer_.close();
  after_reads_.reset();
  before_sleep_.reset();
  terminate_.reset();
  interrupt_.reset();
}

}  // namespace tutti
