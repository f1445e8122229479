#pragma once

#include <array>
#include <cstdint>
#include <numeric>

#include "storage/model/row_kind.h"

namespace tutti {

// The numbers of a key's live rows that have subkeys (hash fields, set members), or a change of these numbers. A suffix is
// a row key without its key prefix.
struct RowCounts {
  std::array<int64_t, kRowKinds.size()> by_kind{};  // as in kRowKinds; of a kind without subkeys: 0

  static bool counts(ByteView suffix) {
    const auto kind = static_cast<uint8_t>(suffix[0]);
    return is_row_kind(kind) && facts_of(static_cast<RowKind>(kind)).has_subkeys;
  }
  void add(ByteView suffix, int64_t by) {
    if (counts(suffix)) by_kind[kRowKindIndex[static_cast<uint8_t>(suffix[0])]] += by;
  }
  int64_t of(RowKind kind) const { return by_kind[row_kind_index(kind)]; }
  int64_t total() const { return std::accumulate(by_kind.begin(), by_kind.end(), int64_t{0}); }

  RowCounts operator+(const RowCounts& other) const {
    RowCounts sum = *this;
    for (size_t i = 0; i < by_kind.size(); ++i) sum.by_kind[i] += other.by_kind[i];
    return sum;
  }
  RowCounts operator-(const RowCounts& other) const {
    RowCounts rest = *this;
    for (size_t i = 0; i < by_kind.size(); ++i) rest.by_kind[i] -= other.by_kind[i];
    return rest;
  }
  bool operator==(const RowCounts&) const = default;
};

}  // namespace tutti
