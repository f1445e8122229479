#include "protocol/replica/local_writer.h"

#include <algorithm>
#include <utility>

#include "storage/base/bytes.h"

namespace tutti {
namespace {

constexpr ByteView kMetaActor = "actor";

// Every dot that the edits name is among the applied ones: a peer takes no operation that names others.
bool names_only_known(const std::vector<Edit>& edits, const VersionVector& clock) {
  return std::ranges::all_of(edits, [&](const Edit& edit) {
    return !edit.replaces || std::ranges::all_of(*edit.replaces, [&](Dot dot) { return clock.covers(dot); });
  });
}

}  // namespace

void LocalWriter::start(const Now& now) { hlc_.observe(now, database_.last_hlc()); }

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
  return {};
}

Result<Dot> LocalWriter::write(const Now& now, std::vector<Edit> edits) {
  if (turns_.trouble()) return std::unexpected(*turns_.trouble());
  if (!writes_)
    return error(ErrorCode::kRefused, "this node is an observer: it reads and relays, and takes no writes");
  if (!names_only_known(edits, database_.clock()))
    return error(ErrorCode::kRefused, "the context names writes that this node has not seen yet");
  if (!actor_) {
    if (auto taken = take_actor(); !taken) {
      turns_.refuse(taken.error());
      return std::unexpected(taken.error());
    }
  }
  if (!run_past_) {
    auto past = std::make_shared<VersionVector>(database_.clock());
    past->remove(*actor_);
    run_past_ = std::move(past);
  }
  Operation operation{.dot = {*actor_, Counter{database_.clock().get(*actor_).value + 1}},
                      .hlc = hlc_.next(now),
                      .past = run_past_,
                      .edits = std::move(edits)};
  const Dot dot = operation.dot;
  expirer_.minted(operation);
  if (!turns_.apply(std::move(operation), Turn::Origin::kWritten)) return std::unexpected(*turns_.trouble());
  return dot;
}

void LocalWriter::observe(const Now& now, const Operation& operation) {
  if (actor_ && operation.dot.actor == *actor_) {
    outputs_.event(Outputs::EventKind::kClone, self_,
                   "another node writes as this node's actor: a data directory was copied. This node goes on "
                   "as a new actor; find and stop the copy");
    actor_.reset();
  }
  if (!hlc_.observe(now, operation.hlc)) {
    outputs_.seldom_event(now, Outputs::EventKind::kClockAhead, self_,
                          "an operation came from a clock more than 5 s ahead of ours: it was applied, our "
                          "clock does not follow");
  }
  clock_moved();
}

void LocalWriter::tick(const Now& now) {
  if (turns_.trouble() || !writes_) return;
  auto edits = expirer_.due(now);
  if (!edits) {
    turns_.fail(edits.error());
  } else if (!edits->empty()) {
    (void)write(now, std::move(*edits));  // a failure is fail()ed there
  }
}

}  // namespace tutti
