#include "storage/store/rocks_upkeep.h"

#include <rocksdb/convenience.h>

#include <algorithm>
#include <utility>

namespace tutti {

namespace {

// Files that may stay at level 0 for good. Each costs a read some 0.1 us where its filter says no.
constexpr size_t kLevel0FilesAtRest = 2;
// With this many deletions at level 0, even fewer files are compacted.
constexpr uint64_t kDeletionsAtRest = 1000;
constexpr int kRestPerWork = 10;
// So many neighbours in the log, each under a quarter of a log file, become one.
constexpr size_t kSmallLogFilesMax = 16;

// A status that is no failure of the disk: another compaction has these files, or the database closes.
bool passing(const rocksdb::Status& status) {
  return status.ok() || status.IsAborted() || status.IsIncomplete() || status.IsShutdownInProgress() ||
         status.IsInvalidArgument();
}

}  // namespace

RocksUpkeep::RocksUpkeep(RocksDatabase& database, Clock::duration quiet,
                         std::function<void(const rocksdb::Status&)> failed)
    : database_(database),
      quiet_(quiet),
      failed_(std::move(failed)),
      last_merge_(Clock::now()),
      rested_(last_merge_),
      thread_([this] { run(); }) {}

RocksUpkeep::~RocksUpkeep() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  rocksdb::CancelAllBackgroundWork(database_.db.get(), false);
  thread_.join();
}

void RocksUpkeep::merged() {
  {
    const std::lock_guard lock(mutex_);
    look_ = true;
    last_merge_ = Clock::now();
  }
  changed_.notify_all();
}

void RocksUpkeep::run() {
  join_log_files();
  while (wait_for_work()) {
    if (due()) compact();
  }
}

void RocksUpkeep::join_log_files() {
  std::vector<rocksdb::LiveFileMetaData> files;
  database_.db->GetLiveFilesMetaData(&files);
  std::erase_if(files, [&](const auto& file) { return file.column_family_name != database_.log->GetName(); });
  std::ranges::sort(files, {}, &rocksdb::LiveFileMetaData::smallestkey);
  // Neighbours, from `first` up to `end`.
  const auto join = [&](size_t first, size_t end) {
    uint64_t bytes = 0;
    for (size_t i = first; i < end; ++i) bytes += files[i].size;
    if (end - first < kSmallLogFilesMax) return;
    if (database_.room->free() < database_.room->limits().low + 2 * bytes) return;
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    const rocksdb::Slice from = files[first].smallestkey, to = files[end - 1].largestkey;
    const auto status = database_.db->CompactRange(options, database_.log, &from, &to);
    if (!passing(status)) failed_(status);
  };
  size_t first = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    if (files[i].size < database_.log_file_bytes / 4) continue;
    join(first, i);
    first = i + 1;
  }
  join(first, files.size());
}

// Waits until a merge was made, none came for `quiet_` since then, and this thread has rested.
bool RocksUpkeep::wait_for_work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stop_) return false;
    if (!look_) {
      changed_.wait(lock);
      continue;
    }
    const auto when = std::max(last_merge_ + quiet_, rested_);
    if (Clock::now() >= when) break;
    changed_.wait_until(lock, when);
  }
  look_ = false;
  return true;
}

bool RocksUpkeep::due() {
  rocksdb::ColumnFamilyMetaData family;
  database_.db->GetColumnFamilyMetaData(database_.rows, &family);
  waiting_.clear();
  uint64_t deletions = 0;
  uint64_t bytes = 0;
  for (const auto& file : family.levels.at(0).files) {
    waiting_.push_back(file.name);
    deletions += file.num_deletions;
    bytes += file.size;
  }
  // It writes what it reads before it deletes it, and some of the level below.
  if (database_.room->free() < database_.room->limits().low + 2 * bytes) return false;
  return waiting_.size() > kLevel0FilesAtRest || deletions > kDeletionsAtRest;
}

void RocksUpkeep::compact() {
  uint64_t level = 0;
  if (!database_.db->GetIntProperty(database_.rows, rocksdb::DB::Properties::kBaseLevel, &level)) return;
  rocksdb::CompactionOptions options;
  options.compression = rocksdb::kDisableCompressionOption;  // the family's
  options.output_file_size_limit = database_.rows_file_bytes;
  const auto start = Clock::now();
  const auto status = database_.db->CompactFiles(options, database_.rows, waiting_, static_cast<int>(level));
  database_.compactions->over();  // RocksDB does not tell listeners of CompactFiles()
  const auto end = Clock::now();
  rested_ = end + (end - start) * kRestPerWork;
  if (!passing(status)) return failed_(status);
  if (status.ok()) return;
  // The compaction that had these files may leave too many: look again.
  rested_ = std::max(rested_, end + quiet_);
  const std::lock_guard lock(mutex_);
  look_ = true;
}

}  // namespace tutti
