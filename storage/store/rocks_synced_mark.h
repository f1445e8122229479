#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <memory>
#include <string>

#include "storage/base/ids.h"

namespace tutti {

// The position up to which the log is known to be synced, kept beside the log: DIR/synced, one page mapped into memory
// (FORMAT.md, "Synced mark"). It costs no fsync: it survives a killed process exactly, and after a power loss it is some
// earlier one. So a log that ends before it has lost what was acknowledged. One eight-byte store changes it. Any thread.
class SyncedMark {
 public:
  // Maps the file, and makes it where there is none. Where that fails there is no mark: read() is 0, raise() does
  // nothing.
  SyncedMark(rocksdb::FileSystem& files, const std::string& directory);
  ~SyncedMark();

  // 0: unknown, or damaged.
  Position read() const;
  void write(Position position);
  // Never lowers it. REQUIRES one caller at a time.
  void raise(Position position) {
    if (position > read()) write(position);
  }

 private:
  uint64_t* word() const;

  std::unique_ptr<rocksdb::MemoryMappedFileBuffer> page_;
};

}  // namespace tutti
