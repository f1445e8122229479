#pragma once

// Shared by the .cc files of rocks_store.h. Nothing else includes this header, or RocksDB.

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "storage/store/rocks_room.h"
#include "storage/store/rocks_store.h"
#include "storage/store/rocks_synced_mark.h"

namespace tutti {

// The least key that a row may have; keys that begin with 00 00 are the store's own.
inline constexpr ByteView kFirstRowKey{"\x00\x01", 2};
inline constexpr ByteView kMarkerKey{"\x00\x00marker", 8};
// Prefixes of names in the meta family: 's' for the store's own, 'u' for the caller's.
inline constexpr ByteView kMetaFormat = "sformat";
inline constexpr ByteView kMetaLogBegin = "slog_begin";
inline constexpr uint64_t kFormatVersion = 1;

inline rocksdb::Slice slice(ByteView bytes) { return {bytes.data(), bytes.size()}; }
inline ByteView view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

// Big-endian, so that bytewise order is the log's.
std::array<char, 8> log_key(Position position);
// Empty: `key` is no key of the log.
std::optional<Position> parse_log_key(ByteView key);

// The options of every read. They ignore range deletions: this database has none, and looking for them hides
// damage. A block at a file's beginning that fails its checksum would then end the iteration without an error
// (RocksDB before 8.6, its pull request 11782; the tests of damaged bytes find it).
inline rocksdb::ReadOptions read_options() {
  rocksdb::ReadOptions options;
  options.ignore_range_deletions = true;
  return options;
}
// The options of an iterator over more than one key: the filters of key prefixes would hide the other keys.
inline rocksdb::ReadOptions iterator_options() {
  rocksdb::ReadOptions options = read_options();
  options.total_order_seek = true;
  return options;
}

// The message names what was being done, the directory, RocksDB's error, and what to do.
Error storage_error(ByteView doing, const std::string& directory, const rocksdb::Status& status);

// Stalls the room where RocksDB's work in the background finds none: its writes fail from then on. A compaction only
// makes things better: it changes nothing, and is tried again.
class FullDiskWatch final : public rocksdb::EventListener {
 public:
  explicit FullDiskWatch(std::shared_ptr<RocksRoom> room) : room_(std::move(room)) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* why) override {
    if (!why->IsNoSpace()) return;
    if (reason == rocksdb::BackgroundErrorReason::kCompaction) {
      *why = rocksdb::Status::OK();
    } else {
      room_->stall();
    }
  }
  // RocksDB would go on by itself, at some moment. The owner opens the store anew instead.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* by_itself) override {
    *by_itself = false;
  }

 private:
  const std::shared_ptr<RocksRoom> room_;
};

// Counts compactions, and wakes the threads that wait for one. RocksDB's threads call it.
class CompactionWatch final : public rocksdb::EventListener {
 public:
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { over(); }
  void over() {
    ++count_;
    changed_.notify_all();
  }
  // A counted compaction has taken effect: readers made from now on see its files.
  uint64_t count() const { return count_.load(std::memory_order_acquire); }
  // Waits until a compaction ended, or for a moment: a wake-up can come before the wait.
  void wait_briefly() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(50));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<uint64_t> count_ = 0;
};

// An open database and everything that must be destroyed before it, in order.
struct RocksDatabase {
  std::string directory;
  uint64_t rows_file_bytes = 0;
  uint64_t log_file_bytes = 0;
  std::shared_ptr<RocksRoom> room;
  std::shared_ptr<rocksdb::Env> base;         // empty: the process's
  std::shared_ptr<rocksdb::Env> environment;  // the base, with that room
  rocksdb::Options rows_options;              // for files that are to be taken into rows
  std::shared_ptr<CompactionWatch> compactions;
  std::unique_ptr<SyncedMark> synced_mark;
  std::unique_ptr<rocksdb::DB> db;
  rocksdb::ColumnFamilyHandle* unused = nullptr;  // "default", which RocksDB insists on
  rocksdb::ColumnFamilyHandle* log = nullptr;
  rocksdb::ColumnFamilyHandle* rows = nullptr;
  rocksdb::ColumnFamilyHandle* meta = nullptr;

  ~RocksDatabase();
  std::string staging() const { return directory + "/staging"; }
};

// Every cursor, snapshot and merge holds one, so that the store can check that it outlives them.
class Lease {
 public:
  explicit Lease(std::atomic<int>& out) : out_(out) { ++out_; }
  ~Lease() { --out_; }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

 private:
  std::atomic<int>& out_;
};

class RocksUpkeep;

class RocksStore final : public Store {
 public:
  struct Where {
    Position log_begin;  // records before it are cut, though some may still be on disk
    Position log_last;
    Position merged;  // the marker's
  };

  RocksStore(std::unique_ptr<RocksDatabase> database, const Where& where);
  ~RocksStore() override;
  // The part of construction that can fail: reads the first snapshot, and begins the upkeep.
  Result<> start(std::chrono::milliseconds compact_when_quiet);

  Result<> room(uint64_t record_bytes, uint64_t unmerged_bytes) override;
  Result<> resume() override;
  Result<> append(Position position, ByteView record) override;
  Result<> sync() override;
  Position last_position() const override { return {last_.load(std::memory_order_acquire)}; }
  Position remembered_position() const override { return database_->synced_mark->read(); }
  void accept_loss() override { database_->synced_mark->write(last_position()); }
  Result<std::unique_ptr<LogCursor>> read_log(Position from) override;
  Result<> cut_log(Position before) override;
  uint64_t log_bytes() const override;

  std::shared_ptr<const RowsSnapshot> rows() override;
  Result<std::unique_ptr<RowsMerge>> begin_merge() override;

  Result<std::optional<std::string>> meta_get(ByteView key) override;
  Result<> meta_put(ByteView key, ByteView value) override;

  // --- for merges ---
  RocksDatabase& database() { return *database_; }
  Result<> writable() const;  // or the first error, or kFull
  // A full disk: stalls for good. Else keeps the error if it is the first; returns the first one.
  std::unexpected<Error> fail(ByteView doing, const rocksdb::Status& status);
  Result<> wait_for_compaction();
  Result<> show_merge(Position merged);
  uint64_t next_staging_number() { return staging_number_++; }
  void merge_over() { merging_ = false; }
  Position merged() const { return {merged_.load(std::memory_order_acquire)}; }

 private:
  Result<std::shared_ptr<const RowsSnapshot>> take_snapshot();
  // `margin`, and what RocksDB and the next merge will write of what is in memory now.
  uint64_t wanted_bytes(uint64_t margin) const;

  std::unique_ptr<RocksDatabase> database_;
  std::atomic<int> leases_ = 0;
  std::atomic<uint64_t> begin_;
  std::atomic<uint64_t> last_;
  std::atomic<uint64_t> synced_;
  std::atomic<uint64_t> merged_;
  std::atomic<uint64_t> staging_number_ = 0;
  std::atomic<bool> merging_ = false;
  std::atomic<uint64_t> unmerged_bytes_ = 0;
  uint64_t admitted_bytes_ = 0;  // since the room was looked at
  std::mutex cutting_;
  std::mutex marking_;

  mutable std::mutex mutex_;  // of the two below
  std::optional<Error> broken_;
  std::shared_ptr<const RowsSnapshot> shown_;

  std::unique_ptr<RocksUpkeep> upkeep_;
};

// One durable value of the meta family: synced, and flushed, since one unflushed row pins every file of the
// write-ahead log.
rocksdb::Status put_meta(RocksDatabase& database, ByteView key, ByteView value);

// --- rocks_options.cc ---
rocksdb::DBOptions database_options(const RocksStoreOptions& options, RocksDatabase& database);
rocksdb::ColumnFamilyOptions log_options(const RocksStoreOptions& options);
rocksdb::ColumnFamilyOptions rows_options(const RocksStoreOptions& options);
rocksdb::ColumnFamilyOptions meta_options();

// --- rocks_rows.cc ---
// The rows as they are now, marker included.
Result<std::shared_ptr<const RowsSnapshot>> make_rows_snapshot(RocksDatabase& database,
                                                               std::atomic<int>& leases);
// The marker row is position (u64) and the caller's marker. Empty: there is none yet.
struct MarkerRow {
  Position position;
  ByteView marker;
};
std::optional<MarkerRow> parse_marker_row(ByteView value);

// --- rocks_merge.cc ---
std::unique_ptr<RowsMerge> make_rows_merge(RocksStore& store, std::atomic<int>& leases);

}  // namespace tutti
