#include <algorithm>

#include "protocol/replica/replica_impl.h"
#include "storage/base/bytes.h"
#include "storage/base/check.h"

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

// A new one at each process start's first write, durable before use (rule 9): no data directory can
// know that it was restored or copied.
Result<> Replica::Impl::take_actor() {
  ActorId fresh;
  do {
    fresh = ActorId{random.u64()};
  } while (fresh.value == 0 || database.clock().get(fresh).value != 0);
  std::string bytes;
  put_u64(bytes, fresh.value);
  if (auto put = database.store().meta_put(kMetaActor, bytes); !put) return put;
  actor = fresh;
  return {};
}

bool Replica::Impl::apply(Operation operation) {
  if (auto applied = database.apply(std::move(operation)); !applied) {
    fail(applied.error());
    return false;
  }
  applied_in_turn = true;
  return true;
}

Result<Dot> Replica::Impl::write(const Now& now, std::vector<Edit> edits) {
  if (failed) return std::unexpected(*failed);
  if (!options.writes)
    return error(ErrorCode::kRefused, "this node is an observer: it reads and relays, and takes no writes");
  if (!names_only_known(edits, database.clock()))
    return error(ErrorCode::kRefused, "the context names writes that this node has not seen yet");
  if (!actor) {
    if (auto taken = take_actor(); !taken) {
      fail(taken.error());
      return std::unexpected(taken.error());
    }
  }
  if (!run_past) {
    auto past = std::make_shared<VersionVector>(database.clock());
    past->remove(*actor);
    run_past = std::move(past);
  }
  Operation operation{.dot = {*actor, Counter{database.clock().get(*actor).value + 1}},
                      .hlc = hlc.next(now),
                      .past = run_past,
                      .edits = std::move(edits)};
  const Dot dot = operation.dot;
  expirer.minted(operation);
  if (!apply(std::move(operation))) return std::unexpected(*failed);
  ++minted_in_turn;
  return dot;
}

// Applies it and whatever waited for it.
void Replica::Impl::apply_remote(const Now& now, Operation operation, bool relay) {
  std::vector<Dot> applied;
  const auto one = [&](Operation op) {
    if (actor && op.dot.actor == *actor) {
      event(EventKind::kClone, membership.self().id,
            "another node writes as this node's actor: a data directory was copied. This node goes on as a "
            "new actor; "
            "find and stop the copy");
      actor.reset();
    }
    if (!hlc.observe(now, op.hlc)) {
      seldom_event(now, EventKind::kClockAhead, membership.self().id,
                   "an operation came from a clock more than 5 s ahead of ours: it was applied, our clock "
                   "does not follow");
    }
    const Dot dot = op.dot;
    run_past.reset();
    if (!apply(std::move(op))) return false;
    ++received_operations;
    if (relay) relayed_in_turn.push_back(dot);
    applied.push_back(dot);
    return true;
  };
  if (!one(std::move(operation))) return;
  while (!applied.empty()) {
    const Dot dot = applied.back();
    auto next = waiting.take_ready(dot, database.clock());
    if (!next) {
      applied.pop_back();
    } else if (!one(std::move(*next))) {
      return;
    }
  }
}

void Replica::Impl::expire(const Now& now) {
  if (failed || !options.writes) return;
  auto edits = expirer.due(now);
  if (!edits) {
    fail(edits.error());
  } else if (!edits->empty()) {
    (void)write(now, std::move(*edits));  // a failure is fail()ed there
  }
}

}  // namespace tutti
