#pragma once

#include <memory>
#include <string>

#include "storage/model/operation.h"
#include "storage/model/row.h"

namespace tutti {

// What an edit of a whole key or prefix takes away from rows that were not read for it: kept beside the table
// and applied when such a row is read, or merged. It may be applied at any time and any number of times once
// its operation is in the clock: what a past covers and the operation touches is dead from then on.
class Erasure {
 public:
  explicit Erasure(const Operation& op);

  void apply(Lives& row) const { apply_edit(row, operation_, edit_, false); }
  // Takes away all that `other` does.
  bool subsumes(const Erasure& other) const;

 private:
  Operation operation_;  // without its edits
  Edit edit_;            // a delete of all in the past
};

// Keeps `list` free of erasures that others in it subsume.
void add_erasure(std::vector<Erasure>& list, Erasure erasure);

}  // namespace tutti
