#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/base/ids.h"

namespace tutti {

// An ordered map of rows that never changes; a change makes a new one that shares all it can: rows lie in
// chunks, a new map copies the list of chunks and those chunks it changes. So a snapshot costs a pointer, and
// a merge of m changes into n rows costs n/32 pointers and m chunks. Any thread.
class PersistentRows {
 public:
  struct Row {
    std::string key;
    std::string value;
    uint32_t sum = 0;  // of the value as it was written: what a reader holds it against
  };
  struct Change {
    std::string key;
    std::optional<std::string> value;  // none: removed
  };
  // Where a row stands; `chunk` past the end: behind the last one.
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
  // Shares nothing: what befalls the one does not befall the other.
  PersistentRows copy() const;

 private:
  using Chunk = std::vector<std::shared_ptr<const Row>>;  // never empty

  std::vector<std::shared_ptr<const Chunk>> chunks_;
  size_t size_ = 0;
};

}  // namespace tutti
