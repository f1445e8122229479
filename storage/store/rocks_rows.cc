#include <rocksdb/sst_file_writer.h>

#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/store/rocks_internal.h"

namespace tutti {

namespace {

// How many rows a seek steps over before it searches the tree: a step is 0.1 us, a search some 2 us.
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
  // True where a few steps forward led there.
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

class RocksRowsSnapshot final : public RowsSnapshot {
 public:
  RocksRowsSnapshot(RocksDatabase& database, std::atomic<int>& leases)
      : lease_(leases), leases_(leases), database_(database), snapshot_(database.db->GetSnapshot()) {}
  ~RocksRowsSnapshot() override { database_.db->ReleaseSnapshot(snapshot_); }

  Result<> read_marker() {
    auto found = read(kMarkerKey, marker_row_);
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

  Result<bool> get(ByteView key, std::string& value) const override {
    if (key < kFirstRowKey) return false;
    return read(key, value);
  }
  std::unique_ptr<RowCursor> cursor() const override {
    return std::make_unique<RocksRowCursor>(database_, snapshot_, leases_);
  }
  ByteView marker() const override { return marker_; }

 private:
  Result<bool> read(ByteView key, std::string& value) const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_;
    const auto status = database_.db->Get(options, database_.rows, slice(key), &value);
    if (status.IsNotFound()) return false;
    if (!status.ok()) return std::unexpected(storage_error("reading a row", database_.directory, status));
    return true;
  }

  Lease lease_;
  std::atomic<int>& leases_;
  RocksDatabase& database_;
  const rocksdb::Snapshot* snapshot_;
  std::string marker_row_;
  ByteView marker_;  // into marker_row_
};

// Writes sorted files beside the database, then has them taken in by one edit of its manifest. The marker is
// known last but sorts first, so it has a small file of its own.
class RocksRowsMerge final : public RowsMerge {
 public:
  RocksRowsMerge(RocksStore& store, std::atomic<int>& leases)
      : lease_(leases), store_(store), database_(store.database()) {}
  ~RocksRowsMerge() override {
    writer_.reset();
    for (const std::string& file : files_)
      database_.rows_options.env->DeleteFile(file);  // taken in: gone already
    store_.merge_over();
  }

  Result<> put(ByteView key, ByteView value) override {
    if (auto ok = advance(key); !ok) return ok;
    return outcome(writer_->Put(slice(key), slice(value)));
  }
  Result<> remove(ByteView key) override {
    if (auto ok = advance(key); !ok) return ok;
    return outcome(writer_->Delete(slice(key)));
  }

  Result<> commit(Position upto, ByteView marker) override {
    check(!committed_, "a merge is committed once");
    check(upto >= store_.merged() && upto <= store_.last_position(), "a merge goes forward, within the log");
    if (auto ok = store_.sync(); !ok) return ok;
    if (auto ok = finish_file(); !ok) return ok;
    if (auto ok = write_marker(upto, marker); !ok) return ok;
    if (auto ok = store_.wait_for_compaction(); !ok) return ok;
    rocksdb::IngestExternalFileOptions options;
    options.move_files = true;
    options.write_global_seqno = false;  // it stands in the manifest; the files stay as they were synced
    const auto status = database_.db->IngestExternalFile(database_.rows, files_, options);
    if (!status.ok()) return store_.fail("merging rows", status);
    committed_ = true;
    files_.clear();
    return store_.show_merge(upto);
  }

 private:
  Result<> advance(ByteView key) {
    check(!committed_, "a committed merge takes no more rows");
    check(key >= kFirstRowKey && key > last_key_, "a merge's keys ascend");
    last_key_ = key;
    if (writer_ && writer_->FileSize() >= database_.rows_file_bytes) {
      if (auto ok = finish_file(); !ok) return ok;
    }
    return writer_ ? Result<>() : begin_file();
  }
  Result<> begin_file() {
    if (auto ok = store_.writable(); !ok) return ok;
    files_.push_back(database_.staging() + "/" + std::to_string(store_.next_staging_number()) + ".sst");
    // Written to be read again soon, by the next merge or by compaction: stay in the page cache.
    constexpr bool kInvalidatePageCache = false;
    writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(database_.rows_options),
                                                       database_.rows_options, database_.rows,
                                                       kInvalidatePageCache);
    return outcome(writer_->Open(files_.back()));
  }
  Result<> finish_file() {
    if (!writer_) return {};
    const auto status = writer_->Finish();
    writer_.reset();
    return outcome(status);
  }
  Result<> write_marker(Position upto, ByteView marker) {
    if (auto ok = begin_file(); !ok) return ok;
    std::string value;
    put_u64(value, upto.value);
    value.append(marker);
    if (auto ok = outcome(writer_->Put(slice(kMarkerKey), value)); !ok) return ok;
    return finish_file();
  }
  Result<> outcome(const rocksdb::Status& status) {
    if (!status.ok()) return store_.fail("merging rows", status);
    return {};
  }

  Lease lease_;
  RocksStore& store_;
  RocksDatabase& database_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  std::vector<std::string> files_;
  std::string last_key_;
  bool committed_ = false;
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

std::unique_ptr<RowsMerge> make_rows_merge(RocksStore& store, std::atomic<int>& leases) {
  return std::make_unique<RocksRowsMerge>(store, leases);
}

}  // namespace tutti
