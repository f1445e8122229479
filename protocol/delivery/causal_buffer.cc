#include "protocol/delivery/causal_buffer.h"

#include "storage/base/check.h"

namespace tutti {
namespace {

// The operation's memory in the buffer: its texts, and the objects around them.
size_t memory_bytes(const Operation& operation) {
  return rough_bytes(operation) + sizeof(Operation) + operation.edits.size() * sizeof(Edit);
}

}  // namespace

Dot first_missing(const Operation& operation, const VersionVector& clock) {
  const Dot own{operation.dot.actor, Counter{operation.dot.counter.value - 1}};
  if (!clock.covers(own)) return own;
  for (const auto& e : operation.past->entries()) {
    if (clock.get(e.actor) < e.counter) return {e.actor, e.counter};
  }
  check(false, "an operation that waits misses something");
  return {};
}

bool CausalBuffer::add(Operation operation, const VersionVector& clock) {
  const size_t bytes = memory_bytes(operation);
  if (dots_.size() >= operations_max_ || bytes_ + bytes > bytes_max_) return false;
  if (!dots_.insert(operation.dot).second) return false;
  bytes_ += bytes;
  wait({std::move(operation), bytes}, clock);
  return true;
}

void CausalBuffer::wait(Waiting waiting, const VersionVector& clock) {
  const Dot missing = first_missing(waiting.operation, clock);
  waiting_[missing.actor].emplace(missing.counter, std::move(waiting));
}

void CausalBuffer::forget(const Waiting& waiting) {
  dots_.erase(waiting.operation.dot);
  bytes_ -= waiting.bytes;
}

std::optional<Operation> CausalBuffer::take_ready(Dot applied, const VersionVector& clock) {
  const auto of_actor = waiting_.find(applied.actor);
  if (of_actor == waiting_.end()) return std::nullopt;
  auto& by_counter = of_actor->second;
  while (!by_counter.empty() && by_counter.begin()->first <= applied.counter) {
    Waiting waiting = std::move(by_counter.begin()->second);
    by_counter.erase(by_counter.begin());
    if (clock.covers(waiting.operation.dot)) {
      forget(waiting);
    } else if (waiting.operation.ready_at(clock)) {
      forget(waiting);
      return std::move(waiting.operation);
    } else {
      wait(std::move(waiting), clock);  // under another dot, or a later one of this actor
    }
  }
  if (by_counter.empty()) waiting_.erase(applied.actor);
  return std::nullopt;
}

std::vector<Operation> CausalBuffer::take_all_ready(const VersionVector& clock) {
  std::vector<Waiting> all;
  for (auto& [actor, by_counter] : waiting_) {
    for (auto& [counter, waiting] : by_counter) all.push_back(std::move(waiting));
  }
  waiting_.clear();
  std::vector<Operation> ready;
  for (Waiting& waiting : all) {
    if (clock.covers(waiting.operation.dot)) {
      forget(waiting);
    } else if (waiting.operation.ready_at(clock)) {
      forget(waiting);
      ready.push_back(std::move(waiting.operation));
    } else {
      wait(std::move(waiting), clock);
    }
  }
  return ready;
}

void CausalBuffer::drop_covered(const VersionVector& clock) {
  for (auto actor = waiting_.begin(); actor != waiting_.end();) {
    std::erase_if(actor->second, [&](const auto& entry) {
      if (!clock.covers(entry.second.operation.dot)) return false;
      forget(entry.second);
      return true;
    });
    actor = actor->second.empty() ? waiting_.erase(actor) : std::next(actor);
  }
}

}  // namespace tutti
