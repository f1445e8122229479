#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/store/store.h"

namespace tutti {

// For measurements and tests of a store on disk. Each function REQUIRES a store of open_rocks_store().

// The files of rows on one level. Level 0 holds merged files that overlap others; the last level holds the most.
struct RowsLevel {
  int level;
  size_t files;
  uint64_t bytes;
};
std::vector<RowsLevel> rows_levels(Store& store);  // levels that hold files, in order

// RocksDB's own point reads of the same rows with the same block cache, to compare a store's reads with. Any one
// thread; must be destroyed before the store.
class BareReads {
 public:
  explicit BareReads(Store& store);
  BareReads(const BareReads&) = delete;
  BareReads& operator=(const BareReads&) = delete;
  ~BareReads();
  // Does not copy the bytes out of the block cache.
  Result<bool> get(ByteView key);
  // Copies the bytes into a string.
  Result<bool> get(ByteView key, std::string& value);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tutti
