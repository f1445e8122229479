#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "storage/store/store.h"

namespace rocksdb {
class Env;
}

namespace tutti {

// The Store on disk: one RocksDB database with a column family each for log, rows and meta, laid out as
// storage/FORMAT.md says ("Disk layout"). Ascending appends are what it is built around: the log goes through the
// write-ahead log, the rows never do; they come as sorted files, taken in whole by one edit of the manifest.
struct RocksStoreOptions {
  // Make a database where the directory is absent or holds none. Never in place of a damaged one.
  bool create = true;
  // Uncompressed blocks of rows, in memory. Indexes and filters come besides: some 2 % of the rows on disk.
  uint64_t block_cache_bytes = 256ull << 20;
  // Log records not yet in sorted files: replayed at open, so more of it makes a slower start.
  uint64_t wal_bytes_max = 256ull << 20;
  // The log in memory, up to four times, until it is a sorted file; the step in which cut_log() frees the disk.
  uint64_t log_file_bytes = 64ull << 20;
  // Where a merge begins its next file.
  uint64_t rows_file_bytes = 64ull << 20;
  // Once no merge has come for this long, rows are compacted until they lie in few files. Shorter: after a burst
  // of merges reads get fast sooner, and rows that change again at once are written once more for nothing.
  std::chrono::milliseconds compact_when_quiet{1000};
  // Instead of the process's own: for tests, whose disks lose power (tests/storage/store/fault_file_system.h).
  std::shared_ptr<rocksdb::Env> environment = nullptr;
};

// Opens, or makes. Errors name the directory, the file where one is known, and what to do:
//   kRefused      another process, or this one, has it open
//   kNotFound     nothing there, and options.create is off
//   kUnsupported  written by a newer version
//   kCorrupt      a file is damaged or missing, the log has a gap or ends before the rows' marker
//   kIo           the disk refused
// None takes data away.
//
// The store is REQUIRED to outlive its cursors, snapshots and merges (checked). Beyond the contract of Store:
//   - after a failed append, sync, cut, merge or meta_put all of these fail, with the first error; reads go on
//   - cut_log(before) REQUIRES before <= position of the newest merge + 1
//   - a merge waits on its own thread while compaction is far behind, so its owner's table fills instead of the disk
//   - a log cursor sees the records that were there when it was made, and says kCorrupt at a gap
//   - keys of rows are REQUIRED to be at least 00 01 (row_key.h)
Result<std::unique_ptr<Store>> open_rocks_store(const std::string& directory,
                                                const RocksStoreOptions& options = {});

}  // namespace tutti
