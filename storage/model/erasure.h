#pragma once

#include <memory>
#include <string>

#include "storage/model/operation.h"
#include "storage/model/row.h"

namespace tutti {

// The deletes that an edit of a whole key or prefix makes in rows that it did not read. The table keeps the erasure,
// and applies it when such a row is read or merged. Once its operation is in the clock, it may be applied at any time
// and any number of times: the dots that the operation's past covers stay dead in every row that it touches.
class Erasure {
 public:
  explicit Erasure(const Operation& op);

  void apply(Lives& row) const { apply_edit(row, operation_, edit_, false); }
  // True if this erases everything that `other` erases.
  bool subsumes(const Erasure& other) const;

 private:
  Operation operation_;  // without its edits
  Edit edit_;            // a delete of all in the past
};

// Keeps `list` free of erasures that others in it subsume.
void add_erasure(std::vector<Erasure>& list, Erasure erasure);

}  // namespace tutti
