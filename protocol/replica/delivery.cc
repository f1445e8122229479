#include "protocol/replica/delivery.h"

#include <utility>
#include <vector>

namespace tutti {

void Delivery::unreadable(const Now& now, const NodeId& from, const Error& why) {
  ++bad_messages_;
  outputs_.seldom_event(now, Outputs::EventKind::kBadMessage, from, why.message);
}

void Delivery::handle_batch(const Now& now, const NodeId& from, const VersionVector& known, ByteView batch,
                            bool pushed) {
  auto operations = decode_operations(known, batch);
  if (!operations) return unreadable(now, from, operations.error());
  for (const Operation& operation : *operations) {
    if (auto excess = find_excess(operation))
      return unreadable(now, from, {ErrorCode::kMalformed, "operation batch: " + *excess});
  }
  const bool relay = pushed && !neighbours_.mesh();
  if (relay) turns_.pushed_by(from);
  bool waits = false;
  for (Operation& operation : *operations) {
    if (turns_.trouble()) return;
    // The transfer under way brings what its clock covers (rule 8).
    if (left_.covers(operation.dot)) continue;
    if (database_.clock().covers(operation.dot)) {
      ++duplicates_;
    } else if (operation.ready_at(database_.clock())) {
      apply(now, std::move(operation), relay ? Turn::Origin::kRelayed : Turn::Origin::kTaken);
    } else {
      if (!waiting_.add(std::move(operation), database_.clock())) ++dropped_;
      waits = true;
    }
  }
  writer_.batch_applied(now);
  if (waits) anti_entropy_.missing(now, from);
}

// Applies it and whatever waited for it.
void Delivery::apply(const Now& now, Operation operation, Turn::Origin origin) {
  std::vector<Dot> applied;
  const auto one = [&](Operation op) {
    if (!turns_.admit(op)) return false;
    writer_.observe(now, op);
    const Dot dot = op.dot;
    if (!turns_.apply(std::move(op), origin)) return false;
    ++received_;
    applied.push_back(dot);
    return true;
  };
  if (!one(std::move(operation))) return;
  while (!applied.empty()) {
    const Dot dot = applied.back();
    auto next = waiting_.take_ready(dot, database_.clock());
    if (!next) {
      applied.pop_back();
    } else if (!one(std::move(*next))) {
      return;
    }
  }
}

void Delivery::leave_to_transfer(const VersionVector& clock) {
  left_ = clock;
  waiting_.drop_covered(left_);
}

void Delivery::joined(const Now& now) {
  for (Operation& ready : waiting_.take_all_ready(database_.clock())) {
    if (database_.clock().covers(ready.dot)) continue;
    if (ready.ready_at(database_.clock())) apply(now, std::move(ready), Turn::Origin::kTaken);
  }
  writer_.batch_applied(now);
}

void Delivery::metrics(const MetricSink& sink) const {
  sink("replication", "received_operations", received_);
  sink("replication", "duplicate_operations", duplicates_);
  sink("replication", "dropped_operations", dropped_);
  sink("replication", "waiting_operations", waiting_.operations());
  sink("replication", "bad_messages", bad_messages_);
}

}  // namespace tutti
