#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "storage/store/rocks_internal.h"

namespace tutti {

// Keeps the rows of a store that is at rest in few files. RocksDB compacts level 0 once there are many files,
// which is right while merges come one after the other; when they stop, what is there would stay, and each
// read would ask every file. So once no merge has come for a while, a thread of its own moves what waits at
// level 0 down. One file with many deletions is enough for it: whoever scans has to step over each of them.
//
// It is idle most of the time, whatever the load: after each compaction it rests ten times as long as that
// took. So small merges, each of which could have the whole level below rewritten, cost a tenth of one core at
// most.
class RocksUpkeep {
 public:
  using Clock = std::chrono::steady_clock;

  // `failed`: hears of a compaction that failed, on the upkeep's thread.
  RocksUpkeep(RocksDatabase& database, Clock::duration quiet,
              std::function<void(const rocksdb::Status&)> failed);
  // Cancels a compaction under way, and with it all background work of the database: it is about to close.
  ~RocksUpkeep();
  // A merge was committed. Any thread.
  void merged();

 private:
  void run();
  bool wait_for_work();  // false: stop
  bool due();
  void compact();

  RocksDatabase& database_;
  const Clock::duration quiet_;
  const std::function<void(const rocksdb::Status&)> failed_;

  std::mutex mutex_;  // of the three below
  std::condition_variable changed_;
  bool stop_ = false;
  bool look_ = true;  // at what is there: at first, and after each merge
  Clock::time_point last_merge_;

  // Of the thread alone.
  Clock::time_point rested_;  // no compaction before
  std::vector<std::string> waiting_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace tutti
