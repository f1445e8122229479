#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/model/expiry.h"
#include "storage/model/row.h"
#include "storage/model/row_key.h"

namespace tutti {

// How rows are read (RULES.md, "Views"). Pure functions of a row, the live expiries of its key and the wall time; what
// they return views into the row's payloads or is owned.

// A register or a hash field as one value: the value with the greatest (hlc, dot). If it is an integer, or if there
// is no value, live increments are added. If it has ended, the other values stay hidden.
struct RegisterValue {
  std::optional<std::string> owned;  // a sum; else `view` is the value
  ByteView view;
  uint64_t expires_ms = 0;  // 0: never

  ByteView value() const { return owned ? ByteView(*owned) : view; }
};
// Empty: nothing live, or all has ended. `kind`: of the row.
std::optional<RegisterValue> fold_lww(const Lives& row, uint64_t now_ms, RowKind kind = RowKind::kRegister,
                                      const KeyExpiries& expiries = {});

// All live values, greatest (hlc, dot) first, for a client that merges them itself; increments are left out.
struct Siblings {
  std::vector<ByteView> values;
  std::vector<Dot> context;  // what a write that has seen them replaces
};
Siblings fold_siblings(const Lives& row, uint64_t now_ms);

// A set member is present where any dot lives: an add wins over a remove that had not seen it.
bool fold_member(const Lives& row, uint64_t now_ms, const KeyExpiries& expiries = {});

}  // namespace tutti
