#pragma once

#include <array>

#include "storage/base/ids.h"
#include "storage/crypto/hash.h"

namespace tutti {

// The homomorphic fingerprint of all live rows, in 256 ranges of the space of row hashes. Each range is the
// lane-wise sum of its rows' fingerprints, so a write adds the new fingerprint and subtracts the old one. Nodes with
// equal clocks must have equal fingerprints. If they differ, data is damaged, and the range says where to look.
class Fingerprints {
 public:
  static constexpr size_t kRanges = 256;

  // The range a row lies in: the top byte of siphash128(key, row key).high.
  static size_t range_of(const HashKey& key, ByteView row_key) {
    return static_cast<size_t>(siphash128(key, row_key).high >> 56);
  }

  void add(size_t range, const Hash128& row) { ranges_[range] += row; }
  void remove(size_t range, const Hash128& row) { ranges_[range] -= row; }

  const Hash128& range(size_t i) const { return ranges_[i]; }
  Hash128& range(size_t i) { return ranges_[i]; }
  Hash128 total() const {
    Hash128 sum;
    for (const Hash128& r : ranges_) sum += r;
    return sum;
  }
  bool operator==(const Fingerprints&) const = default;

 private:
  std::array<Hash128, kRanges> ranges_{};
};

}  // namespace tutti
