#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "storage/store/rocks_internal.h"

namespace tutti {

// Compacts the rows of an idle store into few files. RocksDB compacts level 0 when it holds many files, which is
// right while merges come. But when merges stop, the files at level 0 would stay, and each read would ask every
// file. So when no merge has come for a while, a thread moves these files down. One file with many deletions is
// enough for that: a scan has to step over each deletion.
//
// After each compaction the thread rests ten times as long as the compaction took. So it costs a tenth of one core
// at most, even if each small merge causes the whole level below to be rewritten.
//
// Every opening leaves what it found in the write-ahead log in a sorted file of the log, however small. So the thread
// begins by putting neighbours among these together.
class RocksUpkeep {
 public:
  using Clock = std::chrono::steady_clock;

  // `failed`: called after a failed compaction, on the upkeep's thread.
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
  void join_log_files();

  RocksDatabase& database_;
  const Clock::duration quiet_;
  const std::function<void(const rocksdb::Status&)> failed_;

  std::mutex mutex_;  // of the three below
  std::condition_variable changed_;
  bool stop_ = false;
  bool look_ = true;  // check level 0: at first, and after each merge
  Clock::time_point last_merge_;

  // Of the thread alone.
  Clock::time_point rested_;  // no compaction begins before it
  std::vector<std::string> waiting_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace tutti
