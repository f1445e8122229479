#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <limits>

#include "storage/store/rocks_diary.h"
#include "storage/store/rocks_internal.h"

namespace tutti {

namespace {

rocksdb::CompressionType compression() {
  const auto known = rocksdb::GetSupportedCompressions();
  const bool lz4 = std::find(known.begin(), known.end(), rocksdb::kLZ4Compression) != known.end();
  return lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
}

// Writes stall for the whole database, not by family: a limit on rows would stop the log. Merges wait
// instead.
void never_stall(rocksdb::ColumnFamilyOptions& family) {
  family.level0_slowdown_writes_trigger = std::numeric_limits<int>::max();
  family.level0_stop_writes_trigger = std::numeric_limits<int>::max();
  family.soft_pending_compaction_bytes_limit = 0;
  family.hard_pending_compaction_bytes_limit = 0;
}

// The key prefix of a row: key cursors ask a file's filter for it before they read the file. Each file holds the name of
// its extractor. RocksDB reads a file with another name, or with none, without its filter, so the name can change.
class KeyPrefix final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "tutti.KeyPrefix"; }
  bool InDomain(const rocksdb::Slice& key) const override { return key_prefix_size(view(key)) > 0; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), key_prefix_size(view(key))};
  }
  bool SameResultWhenAppended(const rocksdb::Slice& prefix) const override { return InDomain(prefix); }
};

}  // namespace

rocksdb::DBOptions database_options(const RocksStoreOptions& options, RocksDatabase& database) {
  rocksdb::DBOptions db;
  db.env = database.environment.get();
  db.max_total_wal_size = options.wal_bytes_max;
  // A power loss leaves a torn end; locate() checks that no more is lost.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.track_and_verify_wals_in_manifest =
      true;                                // a synced file that is missing or short is damage, not an end
  db.recycle_log_file_num = 0;             // an old record behind a torn end must not look alive
  db.manual_wal_flush = false;             // SyncWAL syncs what reached the file, not a buffer
  db.avoid_flush_during_recovery = false;  // so that check_contiguous() sees all of the log in files
  db.max_open_files = options.open_files_max;
  db.max_background_jobs = 2;
  db.bytes_per_sync = 1 << 20;
  db.max_bgerror_resume_count = 0;  // after a failed write nothing goes on by itself
  db.max_manifest_file_size = 16 << 20;
  db.info_log = std::make_shared<RocksDiary>(options.diary);
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.listeners.push_back(database.compactions);
  db.listeners.push_back(std::make_shared<FullDiskWatch>(database.room));
  return db;
}

// Ascending keys: no two files overlap, so each is moved from level 0 to 1 and never rewritten. At once,
// because DeleteFilesInRange leaves level 0 alone.
rocksdb::ColumnFamilyOptions log_options(const RocksStoreOptions& options) {
  rocksdb::ColumnFamilyOptions family;
  never_stall(family);
  family.compression = compression();
  family.write_buffer_size = options.log_file_bytes;
  family.max_write_buffer_number = 4;
  family.num_levels = 2;
  family.level0_file_num_compaction_trigger = 1;
  family.target_file_size_base = 2 * options.log_file_bytes;
  family.max_bytes_for_level_base = std::numeric_limits<int64_t>::max();
  rocksdb::BlockBasedTableOptions table;
  table.no_block_cache = true;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return family;
}

rocksdb::ColumnFamilyOptions rows_options(const RocksStoreOptions& options) {
  rocksdb::ColumnFamilyOptions family;
  never_stall(family);
  family.compression = compression();
  // Dynamic sizes: a file goes to the last level where it overlaps nothing, else waits at level 0. With fixed
  // ones every level would keep a whole merge, and the same rows stand on disk seven times.
  family.level_compaction_dynamic_level_bytes = true;
  family.level0_file_num_compaction_trigger = 8;  // while merges go on; RocksUpkeep sees to the rest
  family.prefix_extractor = std::make_shared<KeyPrefix>();
  family.target_file_size_base = options.rows_file_bytes;
  family.max_bytes_for_level_base = 8 * options.rows_file_bytes;
  // No blob files: SstFileWriter writes none (7.8), only a later compaction would move large values out, once
  // more.
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  // Each row is in its file's filter twice, for get() and for key cursors. Filters and indexes stand in memory
  // beside the block cache, as long as their file: some 3 bytes a row.
  table.whole_key_filtering = true;
  table.format_version = 5;
  // A hash index within blocks was measured and gained nothing: a cached get costs memory latency.
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return family;
}

rocksdb::ColumnFamilyOptions meta_options() {
  rocksdb::ColumnFamilyOptions family;
  never_stall(family);
  family.write_buffer_size = 1 << 20;
  return family;
}

}  // namespace tutti
