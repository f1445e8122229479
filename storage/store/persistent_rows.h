#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/base/ids.h"

namespace tutti {

// An immutable ordered map of rows. with() makes a new map that shares the unchanged chunks of rows: it copies the
// list of chunks and the changed chunks. So a snapshot costs one pointer, and a merge of m changes into n rows costs
// n/32 pointers and m chunks. Any thread.
class PersistentRows {
 public:
  struct Row {
    std::string key;
    std::string value;
    uint32_t sum = 0;  // checksum of the value as it was written; readers compare it
  };
  struct Change {
    std::string key;
    std::optional<std::string> value;  // none: removed
  };
  // The place of a row; `chunk` past the end: behind the last row.
  struct Place {
    size_t chunk = 0;
    size_t row = 0;
  };

  PersistentRows() = default;
  // REQUIRES changes with strictly ascending keys.
  PersistentRows with(std::vector<Change> changes) const;

  Place lower_bound(ByteView key) const;
  bool valid(Place at) const { return at.chunk < chunks_.size(); }
  const Row& at(Place at) const { return *(*chunks_[at.chunk])[at.row]; }
  Place next(Place at) const;

  size_t size() const { return size_; }

  // --- a disk's faults ---
  // Flips one bit of one value, in every map that shares the row. REQUIRES some value that is not empty.
  void flip_bit(uint64_t random);
  // Shares nothing: a flipped bit in one map does not show in the other.
  PersistentRows copy() const;

 private:
  using Chunk = std::vector<std::shared_ptr<const Row>>;  // never empty

  std::vector<std::shared_ptr<const Chunk>> chunks_;
  size_t size_ = 0;
};

}  // namespace tutti
