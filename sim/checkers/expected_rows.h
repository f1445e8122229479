#pragma once

#include <string>
#include <vector>

#include "sim/truth/history.h"

namespace tutti::sim {

// What one node's rows must be: History's definition, followed step by step. Only grows with a clock that
// grows: a payload that is replaced stays so. Where the clock fell back (power loss), begin anew.
class ExpectedRows {
 public:
  explicit ExpectedRows(const History& history) : history_(history) {}

  // All rows from the definition.
  void define(const VersionVector& clock);
  // After `clock` took in this operation. Appends the rows that it touches, changed or not.
  void apply(const History::Minted& minted, const VersionVector& clock,
             std::vector<History::RowIndex>& touched);

  // The row's live payloads, by index into the row.
  const std::vector<uint32_t>& live(History::RowIndex row);

 private:
  const History& history_;
  std::vector<std::vector<uint32_t>> rows_;
};

struct Difference {
  std::string checker;  // "deleted" where the row is to be gone and something replaced is back, else "state"
  std::string what;     // in words; empty where the two agree
};
// What the two have unlike: dots, hlc, payloads; of a counter also the mark it is reckoned from.
Difference difference(const History& history, History::RowIndex row, const VersionVector& clock,
                      const std::vector<uint32_t>& expected, const Lives& actual);

}  // namespace tutti::sim
