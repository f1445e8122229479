#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "storage/store/store.h"

namespace rocksdb {
class Env;
}

namespace tutti {

// The Store on disk: one RocksDB database with three column families, log, rows and meta (storage/FORMAT.md, "Disk
// layout"). It is built for ascending appends. Only the log goes through RocksDB's write-ahead log. Rows come as
// sorted files, which one edit of the manifest takes in.
struct RocksStoreOptions {
  // Make a database if the directory is absent or holds none. Never replaces a damaged one.
  bool create = true;
  // Uncompressed blocks of rows, in memory. Indexes and filters take more: some 2 % of the rows on disk.
  uint64_t block_cache_bytes = 256ull << 20;
  // Log records not yet in sorted files. They are replayed at open: more makes a slower start.
  uint64_t wal_bytes_max = 256ull << 20;
  // The size of the log's sorted files: up to four of them are in memory, and cut_log() frees the disk by whole files.
  uint64_t log_file_bytes = 64ull << 20;
  // The size at which a merge begins its next file.
  uint64_t rows_file_bytes = 64ull << 20;
  // When no merge has come for this long, rows are compacted into few files. Shorter: reads are fast sooner after
  // a burst of merges, but rows that change again soon are written once more than needed.
  std::chrono::milliseconds compact_when_quiet{1000};
  // Room on the disk (rocks_room.h); in tests smaller.
  uint64_t room_low_bytes = 32ull << 20;      // below it nothing is admitted
  uint64_t room_high_bytes = 64ull << 20;     // from it on, after that, again
  uint64_t room_reserve_bytes = 16ull << 20;  // given up when even small writes find no room
  // Sorted files held open; -1: all of them. A read with Tier::kMemory of a file that is not open misses.
  int open_files_max = -1;
  // Takes RocksDB's own warnings, one line each; `error`: it could not do something. From any thread; empty: they are
  // dropped. It keeps no file of its own for them.
  using Diary = std::function<void(bool error, ByteView line)>;
  Diary diary = nullptr;
  // Replaces the process's own in tests with disks that lose power (tests/storage/store/fault_file_system.h).
  std::shared_ptr<rocksdb::Env> environment = nullptr;
};

// Opens a store, or makes one. Errors name the directory, the file if it is known, and what to do:
//   kRefused      another process, or this one, has it open
//   kNotFound     nothing there, and options.create is off
//   kUnsupported  written by a newer version
//   kCorrupt      a file is damaged or missing, the log has a gap or ends before the rows' marker
//   kIo           the disk refused
//   kFull         there is no room to open it
// No error removes data.
//
// The store is REQUIRED to outlive its cursors, snapshots and merges (checked). Beyond the contract of Store:
//   - after one failed append, sync, cut, merge or meta_put, all further ones fail with that error; reads go on. After a
//     kFull they do so until the store is opened anew
//   - cut_log(before) REQUIRES before <= position of the newest merge + 1
//   - a merge waits, on its own thread, while compaction is far behind: the owner's table fills instead of the disk
//   - a log cursor sees the records that were there when it was made, and returns kCorrupt at a gap
//   - keys of rows are REQUIRED to be at least 00 01 (row_key.h)
Result<std::unique_ptr<Store>> open_rocks_store(const std::string& directory,
                                                const RocksStoreOptions& options = {});

}  // namespace tutti
