#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "storage/base/result.h"

namespace tutti {

// How much room a store wants on its disk, in bytes, beside what its unflushed log will take once more.
struct RoomLimits {
  uint64_t low = 32ull << 20;   // below it nothing more is admitted
  uint64_t high = 64ull << 20;  // from it on, after that, again
  uint64_t reserve =
      16ull << 20;  // the size of a file kept to be given up when even small writes find no room
};

// The room on the disk of one store. RocksDB must not meet a full disk in its write-ahead log: it then refuses all
// writes, and a sync of that log may fail an assertion and abort the process. So the room is looked at before a record
// is given to it, space for the log is allocated before it is written, and a reserve is given up when there is none.
// Where a write of the log fails all the same, no sync touches that log again. Any thread.
class RocksRoom {
 public:
  RocksRoom(std::shared_ptr<rocksdb::FileSystem> files, std::string directory, const RoomLimits& limits);

  // Bytes that this process may still write there; all there are, if the system does not say.
  uint64_t free() const;
  const RoomLimits& limits() const { return limits_; }
  // A kFull, in words: what is free and what is wanted.
  Error full(uint64_t wanted) const;

  // Makes the reserve where there is none.
  void keep_reserve();
  // Gives it up; false: there was none.
  bool give_reserve();
  // Before a small write that a full node still makes: gives up the reserve where nothing else is left.
  void ready_for_small_write();

  // --- RocksDB has met a full disk: it takes nothing more until it is opened anew ---
  void stall() { stalled_ = true; }
  bool stalled() const { return stalled_; }

  // --- syncs of the write-ahead log ---
  // Hold it while the log is synced. False in log_failed(): go on.
  std::shared_lock<std::shared_mutex> syncing() { return std::shared_lock(syncing_); }
  bool log_failed() const { return log_failed_; }
  // A write of the log has failed, perhaps for want of room. On return no sync of it is under way, and none begins.
  void fail_log(bool full);

 private:
  const std::shared_ptr<rocksdb::FileSystem> files_;
  const std::string directory_;
  const RoomLimits limits_;
  std::mutex reserve_mutex_;
  std::shared_mutex syncing_;
  std::atomic<bool> stalled_ = false;
  std::atomic<bool> log_failed_ = false;
};

// `base` with files whose write-ahead logs stand in allocated space, and tell `room` when that fails.
std::shared_ptr<rocksdb::Env> with_room(rocksdb::Env& base, std::shared_ptr<RocksRoom> room);

}  // namespace tutti
