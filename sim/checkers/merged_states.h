#pragma once

#include <map>
#include <string>

#include "sim/truth/history.h"
#include "sim/truth/verdict.h"
#include "storage/database.h"

namespace tutti::sim {

// `fingerprint`: two merges at equal clocks, on any nodes and at any time, have equal fingerprints, row and
// key counts. Only digests are kept.
class MergedStates {
 public:
  explicit MergedStates(const History& history) : history_(history) {}
  void add(Instant at, const std::string& node, Database& database, Verdict& verdict);
  // How many merges had the clock of an earlier one, and were compared.
  uint64_t comparisons() const { return comparisons_; }

 private:
  struct State {
    Fingerprints fingerprints;
    uint64_t rows, keys;
    std::string node;
  };
  const History& history_;
  std::map<std::pair<uint64_t, uint64_t>, State> states_;  // by clock hash
  uint64_t comparisons_ = 0;
};

}  // namespace tutti::sim
