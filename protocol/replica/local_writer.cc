#include "protocol/replica/local_writer.h"

#include <algorithm>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/check.h"

namespace tutti {
namespace {

constexpr ByteView kMetaActor = "actor";
constexpr Duration kWaitForClocks = std::chrono::milliseconds(100);

// Every dot that the edits name is among the applied ones: a peer takes no operation that names others.
bool names_only_known(const std::vector<Edit>& edits, const VersionVector& clock) {
  return std::ranges::all_of(edits, [&](const Edit& edit) {
    return !edit.replaces || std::ranges::all_of(*edit.replaces, [&](Dot dot) { return clock.covers(dot); });
  });
}

}  // namespace

void LocalWriter::start(const Now& now) {
  hlc_.observe(now, database_.last_hlc());
  clocks_.start(now);
  if (auto started = expirer_.start(); !started) turns_.fail(started.error());
  const auto former = database_.store().meta_get(kMetaActor);
  if (!former || !*former || (*former)->size() != sizeof(uint64_t)) return;
  acts_as(ActorId{ByteReader(**former).u64()});
}

void LocalWriter::acts_as(ActorId actor) {
  expirer_.acts_as(actor);
  saver_.acts_as(actor);
}

// A new one at each process start's first write, durable before use (rule 9): no data directory can know that
// it was restored or copied.
Result<> LocalWriter::take_actor() {
  ActorId fresh;
  do {
    fresh = ActorId{random_.u64()};
  } while (fresh.value == 0 || database_.clock().get(fresh).value != 0);
  std::string bytes;
  put_u64(bytes, fresh.value);
  if (auto put = database_.store().meta_put(kMetaActor, bytes); !put) return put;
  actor_ = fresh;
  acts_as(fresh);
  return {};
}

Result<Dot> LocalWriter::write(const Now& now, std::vector<Edit> edits) {
  if (turns_.trouble()) return std::unexpected(*turns_.trouble());
  if (!writes_)
    return error(ErrorCode::kRefused, "this node is an observer: it reads and relays, and takes no writes");
  if (!names_only_known(edits, database_.clock()))
    return error(ErrorCode::kRefused, "the context names writes that this node has not seen yet");
  auto operation = mint(now, std::move(edits));
  if (!operation) {
    turns_.refuse(operation.error());
    return std::unexpected(operation.error());
  }
  if (auto admitted = turns_.admit(*operation); !admitted) return std::unexpected(admitted.error());
  const Dot dot = operation->dot;
  if (!turns_.apply(*std::move(operation), Turn::Origin::kWritten)) return std::unexpected(*turns_.trouble());
  return dot;
}

Result<Operation> LocalWriter::mint(const Now& now, std::vector<Edit> edits) {
  if (!actor_) {
    if (auto taken = take_actor(); !taken) return std::unexpected(taken.error());
  }
  if (!run_past_) {
    auto past = std::make_shared<VersionVector>(database_.clock());
    past->remove(*actor_);
    run_past_ = std::move(past);
  }
  return Operation{.dot = {*actor_, Counter{database_.clock().get(*actor_).value + 1}},
                   .hlc = hlc_.next(fair(now)),
                   .past = run_past_,
                   .edits = std::move(edits)};
}

void LocalWriter::observe(const Now& now, const Operation& operation) {
  if (actor_ && operation.dot.actor == *actor_) {
    outputs_.event(Outputs::EventKind::kClone, self_,
                   "another node writes as this node's actor: a data directory was copied. This node goes on "
                   "as a new actor; find and stop the copy");
    actor_.reset();
  }
  // What is too far ahead is applied, and our clock does not follow: probes tell whose it is.
  (void)hlc_.observe(fair(now), operation.hlc);
  if (auto looked = saver_.before(fair(now), operation); !looked) turns_.fail(looked.error());
  clock_moved();
}

void LocalWriter::batch_applied(const Now& now) {
  for (std::vector<Edit>& edits : saver_.take()) {
    if (!writes_ || turns_.failed()) continue;
    // A disk that is full by now has room for this: without it the delete that it follows would not be undone. And
    // where this fails, the turn does, with that delete.
    auto operation = mint(now, std::move(edits));
    if (!operation) {
      turns_.fail(operation.error());
    } else {
      (void)turns_.apply(*std::move(operation), Turn::Origin::kWritten);
    }
  }
}

void LocalWriter::turn_ended(const Now& now) {
  next_reaping_ = may_write() ? expirer_.next(fair(now)) : std::nullopt;
  if (next_reaping_ && waits_for_clocks(now))
    next_reaping_ = std::max(*next_reaping_, now.mono + kWaitForClocks);
}

void LocalWriter::joined(const Now& now, std::span<const StagedRow> rows) {
  Lives lives;
  for (const StagedRow& row : rows) {
    check(row.row_bytes.empty() || decode_row(row.row_bytes, lives), "a joined row that was checked");
    if (row.row_bytes.empty()) continue;
    for (const Live& live : lives) (void)hlc_.observe(fair(now), live.hlc);
  }
  clock_moved();
  if (!may_write()) return;
  if (auto known = expirer_.joined(); !known) turns_.fail(known.error());
}

void LocalWriter::committed(const Now&, const Turn& turn) {
  for (const Operation& operation : turn.operations) {
    if (!may_write()) return;
    if (auto scheduled = expirer_.applied(operation); !scheduled) turns_.fail(scheduled.error());
  }
}

void LocalWriter::tick(const Now&) {
  if (!may_write()) return;
  if (auto search = expirer_.search()) outputs_.push(Outputs::RunJob{std::move(search)});
}

void LocalWriter::handle_timeout(const Now& now) {
  next_reaping_.reset();  // until the turn's end
  if (!may_write() || waits_for_clocks(now)) return;
  auto round = expirer_.due(fair(now));
  if (!round) return turns_.fail(round.error());
  if (!round->fetch.empty()) {
    auto job = database_.fetch(std::move(round->fetch), Expirer::kFetchBytesMax);
    outputs_.push(Outputs::RunJob{[job = std::move(job)]() -> Result<> {
      job();
      return {};
    }});
  }
  if (!round->edits.empty() && !write(now, std::move(round->edits))) expirer_.again(std::move(round->keys));
}

}  // namespace tutti
