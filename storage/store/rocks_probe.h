#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/store/store.h"

namespace tutti {

// What only measurements and tests of a store on disk ask. Each REQUIRES a store of open_rocks_store().

// The files of rows, a level each; level 0 is where merges put what overlaps, the last holds the most.
struct RowsLevel {
  int level;
  size_t files;
  uint64_t bytes;
};
std::vector<RowsLevel> rows_levels(Store& store);  // levels that hold files, in order

// RocksDB's own point reads of the same rows with the same block cache: what those of a store are held
// against. Any one thread; REQUIRED to go before the store.
class BareReads {
 public:
  explicit BareReads(Store& store);
  BareReads(const BareReads&) = delete;
  BareReads& operator=(const BareReads&) = delete;
  ~BareReads();
  // The bytes stay in the block cache: they are not copied.
  Result<bool> get(ByteView key);
  // Likewise into a string.
  Result<bool> get(ByteView key, std::string& value);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tutti
