#include <rocksdb/sst_file_writer.h>

#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/store/rocks_internal.h"

namespace tutti {

namespace {

// A merge holds up to this many bytes of rows in memory before it writes a file: so a merge of a few rows is one file.
constexpr size_t kHeldBytesMax = 256u << 10;

// Writes sorted files beside the database; then one edit of the manifest takes them in. The marker is known last but
// sorts first: in a larger merge it has a small file of its own.
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

  Result<> put(ByteView key, ByteView value) override { return add({std::string(key), std::string(value)}); }
  Result<> remove(ByteView key) override { return add({std::string(key), std::nullopt}); }

  Result<> commit(Position upto, ByteView marker) override {
    check(!committed_, "a merge is committed once");
    check(upto >= store_.merged() && upto <= store_.last_position(), "a merge goes forward, within the log");
    if (auto ok = store_.sync(); !ok) return ok;
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
  struct Row {
    std::string key;
    std::optional<std::string> value;  // none: removed
  };

  Result<> add(Row row) {
    check(!committed_, "a committed merge takes no more rows");
    check(row.key >= kFirstRowKey && row.key > last_key_, "a merge's keys ascend");
    last_key_ = row.key;
    if (!holding_) return write(row);
    held_bytes_ += row.key.size() + (row.value ? row.value->size() : 0);
    held_.push_back(std::move(row));
    return held_bytes_ > kHeldBytesMax ? write_held() : Result<>();
  }
  Result<> write_held() {
    holding_ = false;
    for (const Row& row : held_) {
      if (auto ok = write(row); !ok) return ok;
    }
    held_.clear();
    return {};
  }
  Result<> write(const Row& row) {
    if (writer_ && writer_->FileSize() >= database_.rows_file_bytes) {
      if (auto ok = finish_file(); !ok) return ok;
    }
    if (!writer_) {
      if (auto ok = begin_file(); !ok) return ok;
    }
    return outcome(row.value ? writer_->Put(row.key, *row.value) : writer_->Delete(row.key));
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
    if (auto ok = finish_file(); !ok) return ok;
    if (auto ok = begin_file(); !ok) return ok;
    std::string value;
    put_u64(value, upto.value);
    value.append(marker);
    if (auto ok = outcome(writer_->Put(slice(kMarkerKey), value)); !ok) return ok;
    if (auto ok = write_held(); !ok) return ok;
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
  bool holding_ = true;
  std::vector<Row> held_;
  size_t held_bytes_ = 0;
  bool committed_ = false;
};

}  // namespace

std::unique_ptr<RowsMerge> make_rows_merge(RocksStore& store, std::atomic<int>& leases) {
  return std::make_unique<RocksRowsMerge>(store, leases);
}

}  // namespace tutti
