#pragma once

#include "storage/model/operation.h"

namespace tutti::sim {

// Equal in every part, whether or not they share their past in memory.
inline bool same_operation(const Operation& a, const Operation& b) {
  return a.dot == b.dot && a.hlc == b.hlc && (a.past == b.past || *a.past == *b.past) && a.edits == b.edits;
}

}  // namespace tutti::sim
