#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/store/rocks_internal.h"

namespace tutti {

namespace {

// A seek steps over at most this many rows before it searches the tree: a step is 0.1 us, a search some 2 us.
constexpr int kSeekStepsMax = 8;

class RocksRowCursor final : public RowCursor {
 public:
  RocksRowCursor(const RocksDatabase& database, const rocksdb::Snapshot* snapshot, std::atomic<int>& leases)
      : lease_(leases), directory_(database.directory), first_(slice(kFirstRowKey)) {
    rocksdb::ReadOptions options = iterator_options();
    options.snapshot = snapshot;
    options.iterate_lower_bound = &first_;
    it_.reset(database.db->NewIterator(options, database.rows));
  }

  Result<> seek(ByteView key) override {
    if (!step_to(key)) it_->Seek(slice(key));
    return outcome();
  }
  bool valid() const override { return it_->Valid(); }
  ByteView key() const override { return view(it_->key()); }
  ByteView value() const override { return view(it_->value()); }
  Result<> next() override {
    check(valid(), "next() of a row cursor past the end");
    it_->Next();
    return outcome();
  }

 private:
  // True if a few steps forward reached `target`.
  bool step_to(ByteView target) {
    if (!it_->Valid() || key() > target) return false;
    for (int steps = 0; steps < kSeekStepsMax; ++steps) {
      if (key() >= target) return true;
      it_->Next();
      if (!it_->Valid()) return true;  // no row so far on, or an error: outcome() tells
    }
    return key() >= target;
  }
  Result<> outcome() const {
    if (it_->Valid() || it_->status().ok()) return {};
    return std::unexpected(storage_error("reading rows", directory_, it_->status()));
  }

  Lease lease_;
  const std::string& directory_;
  const rocksdb::Slice first_;
  std::unique_ptr<rocksdb::Iterator> it_;
};

// An upper bound limits it to the rows of one key. Without a bound RocksDB would go on to the next file, and read it,
// if this file's filter says no. RocksDB reads the bound anew at each seek.
//
// An iterator reads the files that existed when it was made. After a compaction it would keep the old files on disk, and
// their blocks would push those of the new files out of the cache. So it is then made anew.
class RocksKeyCursor final : public RowCursor {
 public:
  RocksKeyCursor(const RocksDatabase& database, const rocksdb::ReadOptions& options, std::atomic<int>& leases)
      : lease_(leases), database_(database), options_(options) {
    options_.iterate_upper_bound = &end_;
    make_iterator();
  }

  Result<> seek(ByteView key) override {
    const size_t prefix_size = key_prefix_size(key);
    check(prefix_size > 0, "a key cursor seeks within a key");
    end_bytes_ = key.substr(0, prefix_size);
    end_bytes_.back() = '\2';  // was 01: what follows all that begins with the prefix
    end_ = slice(end_bytes_);
    if (missed_ || database_.compactions->count() != compactions_) make_iterator();
    it_->Seek(slice(key));
    return outcome();
  }
  bool valid() const override { return it_->Valid(); }
  ByteView key() const override { return view(it_->key()); }
  ByteView value() const override { return view(it_->value()); }
  Result<> next() override {
    check(valid(), "next() of a key cursor past the end");
    it_->Next();
    return outcome();
  }

 private:
  void make_iterator() {
    compactions_ = database_.compactions->count();
    missed_ = false;
    it_.reset();  // first: what it holds goes before more is held
    it_.reset(database_.db->NewIterator(options_, database_.rows));
  }
  Result<> outcome() {
    if (it_->Valid() || it_->status().ok()) return {};
    missed_ = it_->status().IsIncomplete();
    if (missed_) return std::unexpected(not_in_memory());
    return std::unexpected(storage_error("reading rows", database_.directory, it_->status()));
  }

  Lease lease_;
  const RocksDatabase& database_;
  rocksdb::ReadOptions options_;
  std::string end_bytes_;
  rocksdb::Slice end_;  // into end_bytes_
  uint64_t compactions_ = 0;
  bool missed_ = false;  // an iterator that did not find a file's index in memory never looks for it again
  std::unique_ptr<rocksdb::Iterator> it_;
};

class RocksRowsSnapshot final : public RowsSnapshot {
 public:
  RocksRowsSnapshot(RocksDatabase& database, std::atomic<int>& leases)
      : lease_(leases), leases_(leases), database_(database), snapshot_(database.db->GetSnapshot()) {
    any_ = read_options();
    any_.snapshot = snapshot_;
    memory_ = any_;
    memory_.read_tier = rocksdb::kBlockCacheTier;
  }
  ~RocksRowsSnapshot() override { database_.db->ReleaseSnapshot(snapshot_); }

  Result<> read_marker() {
    auto found = read(kMarkerKey, marker_row_, Tier::kAny);
    if (!found) return std::unexpected(found.error());
    if (!*found) return {};
    const auto row = parse_marker_row(marker_row_);
    if (!row) {
      const auto damaged = rocksdb::Status::Corruption("the marker is too short");
      return std::unexpected(storage_error("reading the marker", database_.directory, damaged));
    }
    marker_ = row->marker;
    return {};
  }

  Result<bool> get(ByteView key, std::string& value, Tier tier) const override {
    if (key < kFirstRowKey) return false;
    return read(key, value, tier);
  }
  std::unique_ptr<RowCursor> cursor() const override {
    return std::make_unique<RocksRowCursor>(database_, snapshot_, leases_);
  }
  std::unique_ptr<RowCursor> key_cursor(Tier tier) const override {
    return std::make_unique<RocksKeyCursor>(database_, options(tier), leases_);
  }
  ByteView marker() const override { return marker_; }

 private:
  const rocksdb::ReadOptions& options(Tier tier) const { return tier == Tier::kMemory ? memory_ : any_; }
  Result<bool> read(ByteView key, std::string& value, Tier tier) const {
    const auto status = database_.db->Get(options(tier), database_.rows, slice(key), &value);
    if (status.IsNotFound()) return false;
    if (status.IsIncomplete()) return std::unexpected(not_in_memory());
    if (!status.ok()) return std::unexpected(storage_error("reading a row", database_.directory, status));
    return true;
  }

  Lease lease_;
  std::atomic<int>& leases_;
  RocksDatabase& database_;
  const rocksdb::Snapshot* snapshot_;
  rocksdb::ReadOptions any_, memory_;
  std::string marker_row_;
  ByteView marker_;  // into marker_row_
};

}  // namespace

std::optional<MarkerRow> parse_marker_row(ByteView value) {
  ByteReader reader(value);
  const Position position{reader.u64()};
  if (!reader.ok()) return std::nullopt;
  return MarkerRow{position, reader.raw(reader.left())};
}

Result<std::shared_ptr<const RowsSnapshot>> make_rows_snapshot(RocksDatabase& database,
                                                               std::atomic<int>& leases) {
  auto snapshot = std::make_shared<RocksRowsSnapshot>(database, leases);
  if (auto ok = snapshot->read_marker(); !ok) return std::unexpected(ok.error());
  return snapshot;
}

}  // namespace tutti
