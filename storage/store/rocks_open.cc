#include <rocksdb/file_system.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/store/rocks_internal.h"

namespace tutti {

namespace {

// --- what is there ---

struct Found {
  bool current = false;
  bool tables = false;  // any sorted file: from the end of its making on, a database always has one
  std::string data;     // a file that is there only once CURRENT was
};

rocksdb::IOStatus look(rocksdb::FileSystem& files, const std::string& directory, Found& found) {
  std::vector<std::string> names;
  const auto status = files.GetChildren(directory, {}, &names, nullptr);
  if (status.IsNotFound() || status.IsPathNotFound()) return rocksdb::IOStatus::OK();
  for (const std::string& name : names) {
    const ByteView v = name;
    if (v == "CURRENT") found.current = true;
    if (v.ends_with(".sst")) found.tables = true;
    const bool manifest = v.starts_with("MANIFEST-") && v != "MANIFEST-000001";
    if (manifest || v.ends_with(".sst") || v.ends_with(".log") || v.ends_with(".blob")) found.data = name;
  }
  return status;
}

std::string cure(const std::string& directory) {
  return "Move " + directory +
         " aside and start again with --accept-loss: the node refills itself from the other members, without "
         "what it had not passed on yet.";
}

std::unexpected<Error> damaged(const std::string& directory, const std::string& what) {
  return error(ErrorCode::kCorrupt,
               "the database in " + directory + " is damaged: " + what + ". " + cure(directory));
}

// RocksDB reports a fault of a sorted file, but does not always name the file, and names a missing one as ten years ago.
std::string name_files(const std::string& directory, std::string text) {
  for (size_t at = 0; (at = text.find(".ldb", at)) != std::string::npos;) text.replace(at, 4, ".sst");
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(directory, ignored)) {
    const std::string path = file.path();
    if (!path.ends_with(".sst") || text.find(path) != std::string::npos) continue;
    rocksdb::SstFileReader reader{rocksdb::Options()};
    if (!reader.Open(path).ok()) text += "; cannot be read: " + path;
  }
  return text;
}

std::unexpected<Error> open_error(const std::string& directory, const rocksdb::Status& status) {
  const std::string text = status.ToString();
  const auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
  if (status.IsIOError() && (says("While lock file") || says("lock hold by current process"))) {
    return error(ErrorCode::kRefused,
                 "the database in " + directory +
                     " is in use by another process. Stop that one first, or give this one a "
                     "directory of its own.");
  }
  if (says("Column families not opened")) {
    return error(ErrorCode::kUnsupported, "the database in " + directory +
                                              " was written by a newer version of tutti (" + text +
                                              "). Start that version.");
  }
  // A path that is not there is one the manifest names.
  if (status.IsCorruption() || status.IsPathNotFound() || status.IsInvalidArgument()) {
    return damaged(directory, name_files(directory, text));
  }
  return std::unexpected(storage_error("opening the database", directory, status));
}

// --- checks of an open one ---

Result<uint64_t> read_number(RocksDatabase& database, ByteView key, uint64_t absent) {
  std::string value;
  const auto status = database.db->Get(rocksdb::ReadOptions(), database.meta, slice(key), &value);
  if (status.IsNotFound()) return absent;
  if (!status.ok()) return open_error(database.directory, status);
  ByteReader reader(value);
  const uint64_t number = reader.u64();
  if (!reader.done())
    return damaged(database.directory, "its setting " + std::string(key) + " is not a number");
  return number;
}

Result<> check_format(RocksDatabase& database, bool new_here) {
  auto format = read_number(database, kMetaFormat, 0);
  if (!format) return std::unexpected(format.error());
  if (*format == kFormatVersion) return {};
  if (*format > kFormatVersion) {
    return error(ErrorCode::kUnsupported, "the database in " + database.directory + " has format version " +
                                              std::to_string(*format) + "; this tutti knows versions up to " +
                                              std::to_string(kFormatVersion) + ". Start a newer tutti.");
  }
  if (!new_here) return damaged(database.directory, "it does not say its format version");
  std::string value;
  put_u64(value, kFormatVersion);
  const auto status = put_meta(database, kMetaFormat, value);
  if (!status.ok()) return open_error(database.directory, status);
  return {};
}

// From `begin` on, the log's files must follow each other without a gap: a lost file would be lost operations. Checks
// only their bounds; after recovery all of the log is in files, or, on a full disk, its end in memory. Returns the last
// position.
Result<Position> check_contiguous(RocksDatabase& database, Position begin) {
  std::vector<rocksdb::LiveFileMetaData> files;
  database.db->GetLiveFilesMetaData(&files);
  std::erase_if(files, [&](const auto& file) { return file.column_family_name != database.log->GetName(); });
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.smallestkey < b.smallestkey; });
  Position next = begin;
  for (const auto& file : files) {
    const auto first = parse_log_key(file.smallestkey);
    const auto last = parse_log_key(file.largestkey);
    if (!first || !last)
      return damaged(database.directory,
                     "the log in " + database.directory + file.name + " has a key that is no position");
    if (*last < begin) continue;
    if (*first > next) {
      return damaged(database.directory, "its log lacks positions " + std::to_string(next.value) + " to " +
                                             std::to_string(first->value - 1) + ", before " +
                                             database.directory + file.name);
    }
    next.value = std::max(next.value, last->value + 1);
  }
  const std::unique_ptr<rocksdb::Iterator> it(database.db->NewIterator(iterator_options(), database.log));
  const auto key = log_key(next);
  for (it->Seek({key.data(), key.size()}); it->Valid(); it->Next()) {
    if (parse_log_key(view(it->key())) != next)
      return damaged(database.directory, "its log lacks position " + std::to_string(next.value));
    ++next.value;
  }
  if (!it->status().ok()) return open_error(database.directory, it->status());
  return Position{next.value - 1};
}

// Finds the positions of log and rows, and checks that they fit: a merge syncs the log first, and the log is cut only
// up to a merge. If they do not fit, data is lost.
Result<RocksStore::Where> locate(RocksDatabase& database) {
  RocksStore::Where where;
  auto begin = read_number(database, kMetaLogBegin, 1);
  if (!begin) return std::unexpected(begin.error());
  where.log_begin = {*begin};
  auto last = check_contiguous(database, where.log_begin);
  if (!last) return std::unexpected(last.error());
  where.log_last = *last;

  std::string marker;
  const auto status = database.db->Get(rocksdb::ReadOptions(), database.rows, slice(kMarkerKey), &marker);
  if (!status.ok() && !status.IsNotFound()) return open_error(database.directory, status);
  if (status.ok()) {
    const auto row = parse_marker_row(marker);
    if (!row) return damaged(database.directory, "the marker of its rows is too short");
    where.merged = row->position;
  }
  const std::string merged = std::to_string(where.merged.value);
  if (where.log_last < where.merged) {
    return damaged(database.directory, "its log ends at position " + std::to_string(where.log_last.value) +
                                           ", but its rows were merged up to " + merged);
  }
  if (where.log_begin.value > where.merged.value + 1) {
    return damaged(database.directory, "its log begins at position " + std::to_string(where.log_begin.value) +
                                           ", but its rows were merged only up to " + merged);
  }
  return where;
}

std::string parent_of(const std::string& directory) {
  const auto path = std::filesystem::absolute(directory).lexically_normal();
  return path.has_filename() ? path.parent_path() : path.parent_path().parent_path();
}

rocksdb::IOStatus sync_directory(rocksdb::FileSystem& files, const std::string& path) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  const auto status = files.NewDirectory(path, {}, &directory, nullptr);
  return status.ok() ? directory->Fsync({}, nullptr) : status;
}

// Syncs the write-ahead logs, which the opening itself does where it writes their records to sorted files.
rocksdb::IOStatus sync_logs(rocksdb::FileSystem& files, const std::string& directory) {
  std::vector<std::string> names;
  if (const auto status = files.GetChildren(directory, {}, &names, nullptr); !status.ok()) return status;
  for (const std::string& name : names) {
    if (!ByteView(name).ends_with(".log")) continue;
    std::unique_ptr<rocksdb::FSWritableFile> file;
    auto status = files.ReopenWritableFile(directory + "/" + name, {}, &file, nullptr);
    if (status.ok()) status = file->Fsync({}, nullptr);
    if (status.ok()) status = file->Close({}, nullptr);
    if (!status.ok()) return status;
  }
  return rocksdb::IOStatus::OK();
}

// Leftovers of merges that did not end. Only once the lock is ours.
rocksdb::IOStatus empty_staging(rocksdb::FileSystem& files, const std::string& staging) {
  if (const auto status = files.CreateDirIfMissing(staging, {}, nullptr); !status.ok()) return status;
  std::vector<std::string> names;
  if (const auto status = files.GetChildren(staging, {}, &names, nullptr); !status.ok()) return status;
  for (const std::string& name : names) {
    if (!ByteView(name).ends_with(".sst")) continue;
    if (const auto status = files.DeleteFile(staging + "/" + name, {}, nullptr); !status.ok()) return status;
  }
  return rocksdb::IOStatus::OK();
}

// `sparing`: writes as little as can be, since the disk is full.
rocksdb::Status open_families(RocksDatabase& database, const RocksStoreOptions& options, const Found& found,
                              bool sparing) {
  auto db_options = database_options(options, database);
  db_options.avoid_flush_during_recovery = sparing;
  db_options.create_if_missing = !found.current;
  db_options.create_missing_column_families = !found.tables;
  const auto rows = rows_options(options);
  database.rows_options = rocksdb::Options(db_options, rows);
  const std::vector<rocksdb::ColumnFamilyDescriptor> families{
      {rocksdb::kDefaultColumnFamilyName, meta_options()},
      {"log", log_options(options)},
      {"rows", rows},
      {"meta", meta_options()}};
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(db_options, database.directory, families, &handles, &db);
  if (!status.ok()) return status;
  database.db.reset(db);
  database.unused = handles[0];
  database.log = handles[1];
  database.rows = handles[2];
  database.meta = handles[3];
  return status;
}

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store(const std::string& directory,
                                                const RocksStoreOptions& options) {
  auto database = std::make_unique<RocksDatabase>();
  database->directory = directory;
  database->rows_file_bytes = options.rows_file_bytes;
  database->log_file_bytes = options.log_file_bytes;
  database->compactions = std::make_shared<CompactionWatch>();
  database->base = options.environment;
  rocksdb::Env& base = options.environment ? *options.environment : *rocksdb::Env::Default();
  database->room = std::make_shared<RocksRoom>(
      base.GetFileSystem(), directory,
      RoomLimits{options.room_low_bytes, options.room_high_bytes, options.room_reserve_bytes});
  database->environment = with_room(base, database->room);
  rocksdb::FileSystem& files = *database->environment->GetFileSystem();

  Found found;
  if (const auto status = look(files, directory, found); !status.ok()) return open_error(directory, status);
  if (!found.current && !found.data.empty()) {
    return damaged(directory,
                   "the file " + directory + "/CURRENT is missing, though " + found.data + " is there");
  }
  // Without any sorted file it was never made to the end, so nothing was ever kept in it.
  const bool new_here = !found.tables;
  if (new_here && !options.create) {
    return error(ErrorCode::kNotFound,
                 "there is no database in " + directory +
                     ". Make one with `tuttid init` or `tuttid join`, or name another directory.");
  }
  // RocksDB would remark that it is not there. Where it cannot be made, the opening says why.
  if (new_here) files.CreateDirIfMissing(directory, {}, nullptr).PermitUncheckedError();
  RocksRoom& room = *database->room;
  const bool sparing = !new_here && room.free() < room.limits().low + options.wal_bytes_max;
  if (sparing) {
    room.ready_for_small_write();
    if (const auto status = sync_logs(files, directory); !status.ok()) return open_error(directory, status);
  }
  if (const auto status = open_families(*database, options, found, sparing); !status.ok())
    return open_error(directory, status);
  if (auto ok = check_format(*database, new_here); !ok) return std::unexpected(ok.error());
  if (new_here) {
    if (const auto status = sync_directory(files, parent_of(directory)); !status.ok()) {
      return open_error(directory, status);
    }
  }
  if (const auto status = empty_staging(files, database->staging()); !status.ok())
    return open_error(directory, status);
  database->synced_mark = std::make_unique<SyncedMark>(files, directory);
  auto where = locate(*database);
  if (!where) return std::unexpected(where.error());
  if (room.free() >= room.limits().high) room.keep_reserve();
  auto store = std::make_unique<RocksStore>(std::move(database), *where);
  if (auto ok = store->start(options.compact_when_quiet); !ok) return std::unexpected(ok.error());
  return store;
}

}  // namespace tutti
