#pragma once

#include <cstdint>

#include "storage/model/row_key.h"

namespace tutti {

// The numbers of a key's live hash fields and set members, or a change of these numbers. A suffix is a row key
// without its key prefix.
struct RowCounts {
  int64_t fields = 0;   // RowKind::kHashField
  int64_t members = 0;  // RowKind::kSetMember

  static bool counts(ByteView suffix) {
    const auto kind = static_cast<RowKind>(suffix[0]);
    return kind == RowKind::kHashField || kind == RowKind::kSetMember;
  }
  void add(ByteView suffix, int64_t by) {
    const auto kind = static_cast<RowKind>(suffix[0]);
    if (kind == RowKind::kHashField) fields += by;
    if (kind == RowKind::kSetMember) members += by;
  }
  // Of another kind: 0.
  int64_t of(RowKind kind) const {
    return kind == RowKind::kHashField ? fields : kind == RowKind::kSetMember ? members : 0;
  }
  int64_t total() const { return fields + members; }

  RowCounts operator+(const RowCounts& other) const {
    return {fields + other.fields, members + other.members};
  }
  RowCounts operator-(const RowCounts& other) const {
    return {fields - other.fields, members - other.members};
  }
  bool operator==(const RowCounts&) const = default;
};

}  // namespace tutti
