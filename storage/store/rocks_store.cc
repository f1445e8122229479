#include "storage/store/rocks_store.h"

#include <rocksdb/convenience.h>

#include <algorithm>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/store/rocks_internal.h"
#include "storage/store/rocks_upkeep.h"

namespace tutti {

namespace {

// Merges wait if more rows files than this are at level 0: some eight merges, 2 GiB. A read asks each merge's filter.
constexpr uint64_t kRowsLevel0FilesMax = 32;
// The room on the disk is looked at whenever so many bytes were admitted.
constexpr uint64_t kLookEveryBytes = 256u << 10;

class RocksLogCursor final : public LogCursor {
 public:
  // `last`: a position that the iterator must reach.
  RocksLogCursor(std::unique_ptr<rocksdb::Iterator> it, Position last, const std::string& directory,
                 std::atomic<int>& leases)
      : lease_(leases), directory_(directory), it_(std::move(it)), last_(last) {}

  // Moves to the first record at or after `from`. If there is one, it must be `from` itself.
  Result<> start(Position from) {
    const auto key = log_key(from);
    it_->Seek({key.data(), key.size()});
    return expect(from);
  }

  bool valid() const override { return it_->Valid(); }
  Position position() const override { return position_; }
  ByteView record() const override { return view(it_->value()); }
  Result<> next() override {
    check(valid(), "next() of a log cursor past the end");
    it_->Next();
    return expect({position_.value + 1});
  }

 private:
  Result<> expect(Position position) {
    if (!it_->status().ok())
      return std::unexpected(storage_error("reading the log", directory_, it_->status()));
    if (!it_->Valid() && position > last_) return {};
    if (!it_->Valid() || parse_log_key(view(it_->key())) != position) {
      const auto why = "the log lacks position " + std::to_string(position.value);
      return std::unexpected(storage_error("reading the log", directory_, rocksdb::Status::Corruption(why)));
    }
    position_ = position;
    return {};
  }

  Lease lease_;
  const std::string& directory_;
  std::unique_ptr<rocksdb::Iterator> it_;
  const Position last_;
  Position position_;
};

}  // namespace

std::array<char, 8> log_key(Position position) {
  std::array<char, 8> key;
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(position.value >> (56 - 8 * i));
  return key;
}

std::optional<Position> parse_log_key(ByteView key) {
  if (key.size() != 8) return std::nullopt;
  Position position;
  for (const char byte : key) position.value = position.value << 8 | static_cast<uint8_t>(byte);
  return position;
}

Error storage_error(ByteView doing, const std::string& directory, const rocksdb::Status& status) {
  std::string message(doing);
  message += " in " + directory + ": " + status.ToString();
  if (status.IsCorruption()) {
    message += ". Move " + directory +
               " aside and start again with --accept-loss: the node refills itself from the other members, "
               "without what it had not passed on yet.";
    return {ErrorCode::kCorrupt, std::move(message)};
  }
  if (status.IsNoSpace()) return {ErrorCode::kFull, message + ". Free space on that disk, then start again."};
  message += ". Nothing more is written there; find what is wrong with the disk, then start again.";
  return {ErrorCode::kIo, std::move(message)};
}

RocksDatabase::~RocksDatabase() {
  if (!db) return;
  for (rocksdb::ColumnFamilyHandle* family : {unused, log, rows, meta}) {
    if (family != nullptr) db->DestroyColumnFamilyHandle(family);
  }
  db->Close();  // what it could still say was said by the sync before
}

rocksdb::Status put_meta(RocksDatabase& database, ByteView key, ByteView value) {
  rocksdb::WriteOptions durable;
  durable.sync = true;
  database.room->ready_for_small_write();
  const rocksdb::Status put = database.db->Put(durable, database.meta, slice(key), slice(value));
  return put.ok() ? database.db->Flush(rocksdb::FlushOptions(), database.meta) : put;
}

RocksStore::RocksStore(std::unique_ptr<RocksDatabase> database, const Where& where)
    : database_(std::move(database)),
      begin_(where.log_begin.value),
      last_(where.log_last.value),
      synced_(where.log_last.value),
      merged_(where.merged.value) {}

RocksStore::~RocksStore() {
  if (writable()) static_cast<void>(sync());  // nobody is left to hear of a failure, and nothing was promised
  upkeep_.reset();
  shown_.reset();
  check(leases_ == 0, "a store's cursors, snapshots and merges go before it");
}

Result<> RocksStore::start(std::chrono::milliseconds compact_when_quiet) {
  auto snapshot = take_snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  shown_ = std::move(*snapshot);
  upkeep_ = std::make_unique<RocksUpkeep>(
      *database_, compact_when_quiet,
      [this](const rocksdb::Status& status) { static_cast<void>(fail("compacting rows", status)); });
  return {};
}

Result<> RocksStore::writable() const {
  const std::lock_guard lock(mutex_);
  if (broken_) return std::unexpected(*broken_);
  if (database_->room->stalled())
    return std::unexpected(database_->room->full(database_->room->limits().high));
  return {};
}

std::unexpected<Error> RocksStore::fail(ByteView doing, const rocksdb::Status& status) {
  // While it is stalled all of RocksDB's errors come from that; resume() tells whether there are others.
  if (status.IsNoSpace()) database_->room->stall();
  const std::lock_guard lock(mutex_);
  if (!broken_ && database_->room->stalled())
    return std::unexpected(database_->room->full(database_->room->limits().high));
  if (!broken_) broken_ = storage_error(doing, database_->directory, status);
  return std::unexpected(*broken_);
}

// --- room ---

uint64_t RocksStore::wanted_bytes(uint64_t margin) const {
  uint64_t unflushed = 0;
  database_->db->GetIntProperty(database_->log, rocksdb::DB::Properties::kCurSizeAllMemTables, &unflushed);
  return margin + unflushed + unmerged_bytes_;
}

Result<> RocksStore::room(uint64_t record_bytes, uint64_t unmerged_bytes) {
  admitted_bytes_ += record_bytes;
  if (record_bytes > 0 && admitted_bytes_ < kLookEveryBytes) return {};
  if (auto ok = writable(); !ok) return ok;
  unmerged_bytes_ = unmerged_bytes;
  const RocksRoom& room = *database_->room;
  const uint64_t wanted = wanted_bytes(room.limits().low) + std::exchange(admitted_bytes_, 0);
  if (room.free() < wanted) return std::unexpected(room.full(wanted));
  return {};
}

Result<> RocksStore::resume() {
  {
    const std::lock_guard lock(mutex_);
    if (broken_) return std::unexpected(*broken_);
  }
  RocksRoom& room = *database_->room;
  const uint64_t wanted = wanted_bytes(room.limits().high);
  if (room.free() < wanted) return std::unexpected(room.full(wanted));
  // DB::Resume() does not do: after it the next merge fails an assertion of RocksDB 7.8.
  if (room.stalled()) return error(ErrorCode::kUnavailable, "there is room again: the store is opened anew");
  room.keep_reserve();
  return {};
}

// --- log ---

Result<> RocksStore::append(Position position, ByteView record) {
  check(position.value == last_.load(std::memory_order_relaxed) + 1, "the log has no gaps");
  if (auto ok = writable(); !ok) return ok;
  const auto key = log_key(position);
  const rocksdb::Status status =
      database_->db->Put(rocksdb::WriteOptions(), database_->log, {key.data(), key.size()}, slice(record));
  if (!status.ok()) return fail("appending to the log", status);
  last_.store(position.value, std::memory_order_release);
  return {};
}

Result<> RocksStore::sync() {
  {
    const std::lock_guard lock(mutex_);
    if (broken_) return std::unexpected(*broken_);
  }
  const uint64_t upto = last_.load(std::memory_order_acquire);
  if (synced_.load(std::memory_order_acquire) >= upto) return {};
  const auto syncing = database_->room->syncing();
  if (database_->room->log_failed()) {
    const auto status = database_->room->stalled() ? rocksdb::Status::NoSpace()
                                                   : rocksdb::Status::IOError("a write to it has failed");
    return fail("syncing the log", status);
  }
  const rocksdb::Status status = database_->db->SyncWAL();
  if (!status.ok()) return fail("syncing the log", status);
  uint64_t before = synced_.load(std::memory_order_relaxed);
  while (before < upto && !synced_.compare_exchange_weak(before, upto, std::memory_order_release)) {
  }
  const std::lock_guard marking(marking_);
  database_->synced_mark->raise({upto});
  return {};
}

Result<std::unique_ptr<LogCursor>> RocksStore::read_log(Position from) {
  rocksdb::ReadOptions options = iterator_options();
  options.fill_cache = false;  // read once, in passing: the cache is for rows
  const Position last = last_position();
  std::unique_ptr<rocksdb::Iterator> it(database_->db->NewIterator(options, database_->log));
  // Read begin_ after making the iterator: a cut moves begin_ first, so the iterator has all records from it on.
  const Position begin{begin_.load(std::memory_order_acquire)};
  auto cursor = std::make_unique<RocksLogCursor>(std::move(it), last, database_->directory, leases_);
  if (auto ok = cursor->start(std::max(from, begin)); !ok) return std::unexpected(ok.error());
  return cursor;
}

Result<> RocksStore::cut_log(Position before) {
  check(before.value <= merged().value + 1, "the log is cut only behind a merge");
  if (auto ok = writable(); !ok) return ok;
  const std::lock_guard one_at_a_time(cutting_);
  if (before.value <= begin_.load(std::memory_order_relaxed)) return {};
  // RocksDB deletes files in any order, and some not at all (those under compaction, those of level 0). Records left
  // before the beginning are hidden by it, and go with a later cut.
  std::string value;
  put_u64(value, before.value);
  if (const auto status = put_meta(*database_, kMetaLogBegin, value); !status.ok()) {
    return fail("cutting the log", status);
  }
  begin_.store(before.value, std::memory_order_release);
  const auto key = log_key(before);
  const rocksdb::Slice end(key.data(), key.size());
  const auto status = rocksdb::DeleteFilesInRange(database_->db.get(), database_->log, nullptr, &end, false);
  if (!status.ok()) return fail("cutting the log", status);
  return {};
}

uint64_t RocksStore::log_bytes() const {
  const auto first = log_key({begin_.load(std::memory_order_acquire)});
  const auto end = log_key({last_position().value + 1});
  const rocksdb::Range range({first.data(), first.size()}, {end.data(), end.size()});
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  uint64_t bytes = 0;
  if (!database_->db->GetApproximateSizes(options, database_->log, &range, 1, &bytes).ok()) return 0;
  return bytes;
}

// --- rows ---

Result<std::shared_ptr<const RowsSnapshot>> RocksStore::take_snapshot() {
  return make_rows_snapshot(*database_, leases_);
}

std::shared_ptr<const RowsSnapshot> RocksStore::rows() {
  const std::lock_guard lock(mutex_);
  return shown_;
}

Result<std::unique_ptr<RowsMerge>> RocksStore::begin_merge() {
  if (auto ok = writable(); !ok) return std::unexpected(ok.error());
  check(!merging_.exchange(true), "one merge at a time");
  return make_rows_merge(*this, leases_);
}

Result<> RocksStore::wait_for_compaction() {
  for (;;) {
    uint64_t files = 0;
    uint64_t failures = 0;
    std::string text;
    database_->db->GetProperty(database_->rows, "rocksdb.num-files-at-level0", &text);
    files = text.empty() ? 0 : std::stoull(text);
    if (files <= kRowsLevel0FilesMax) return {};
    database_->db->GetIntProperty(database_->rows, rocksdb::DB::Properties::kBackgroundErrors, &failures);
    if (failures != 0) return fail("compacting rows", rocksdb::Status::IOError("a background job failed"));
    database_->compactions->wait_briefly();
  }
}

Result<> RocksStore::show_merge(Position merged) {
  auto snapshot = take_snapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  merged_.store(merged.value, std::memory_order_release);
  upkeep_->merged();
  const std::lock_guard lock(mutex_);
  shown_.swap(*snapshot);
  return {};
}

// --- meta ---

Result<std::optional<std::string>> RocksStore::meta_get(ByteView key) {
  std::string value;
  const auto status =
      database_->db->Get(rocksdb::ReadOptions(), database_->meta, "u" + std::string(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return std::unexpected(storage_error("reading a setting", database_->directory, status));
  return value;
}

Result<> RocksStore::meta_put(ByteView key, ByteView value) {
  if (auto ok = writable(); !ok) return ok;
  const auto status = put_meta(*database_, "u" + std::string(key), value);
  if (!status.ok()) return fail("writing a setting", status);
  return {};
}

}  // namespace tutti
