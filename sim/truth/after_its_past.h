#pragma once

#include "storage/model/operation.h"

namespace tutti::sim {

// The clock names the whole past of the operation, and its actor's one before it. The checkers' own word on
// it: Operation::ready_at() is among what they judge.
inline bool after_its_past(const Operation& op, const VersionVector& clock) {
  return clock.get(op.dot.actor).value + 1 >= op.dot.counter.value && clock.covers(*op.past);
}

}  // namespace tutti::sim
