#include <fcntl.h>
#include <rocksdb/db.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "storage/base/bytes.h"
#include "storage/crypto/text_encoding.h"
#include "storage/store/rocks_store.h"
#include "tests/storage/store/temporary_directory.h"

using namespace tutti;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

// 40 records, the first 30 of them merged, the first 9 cut; log and rows each in several sorted files, the
// last records in the write-ahead log alone.
std::string make_database(const TemporaryDirectory& root) {
  RocksStoreOptions options;
  options.log_file_bytes = 64 << 10;
  options.rows_file_bytes = 4 << 10;
  const std::string directory = root / "db";
  auto store = std::move(*open_rocks_store(directory, options));
  for (uint64_t at = 1; at <= 40; ++at) {
    REQUIRE(store->append({at}, std::string(at <= 30 ? 10000 : 10, static_cast<char>(at))));
    if (at % 10 != 0 || at > 30) continue;
    auto merge = store->begin_merge();
    for (int i = 0; i < 300; ++i) {
      const auto key = "key" + std::to_string(1000 + i * 3 + at / 10);
      REQUIRE((*merge)->put(key, std::string(40, static_cast<char>(i)) + std::to_string(at)));
    }
    REQUIRE((*merge)->commit({at}, "as of " + std::to_string(at)));
  }
  REQUIRE(store->cut_log({10}));
  REQUIRE(store->meta_put("name", "value"));
  REQUIRE(store->sync());
  return directory;
}

// Everything that can be read, or the first error.
using Contents = std::map<std::string, std::string>;
Result<Contents> read_all(const std::string& directory) {
  RocksStoreOptions options;
  options.create = false;
  auto store = open_rocks_store(directory, options);
  if (!store) return std::unexpected(store.error());
  Contents contents;
  auto log = (*store)->read_log({1});
  if (!log) return std::unexpected(log.error());
  while ((*log)->valid()) {
    const auto position = (*log)->position().value;
    if (position >= 10) contents["log " + std::to_string(1000 + position)] = (*log)->record();
    if (auto ok = (*log)->next(); !ok) return std::unexpected(ok.error());
  }
  const auto rows = (*store)->rows();
  contents["marker"] = rows->marker();
  const auto cursor = rows->cursor();
  if (auto ok = cursor->seek({}); !ok) return std::unexpected(ok.error());
  while (cursor->valid()) {
    contents["row " + std::string(cursor->key())] = cursor->value();
    if (auto ok = cursor->next(); !ok) return std::unexpected(ok.error());
  }
  auto value = (*store)->meta_get("name");
  if (!value) return std::unexpected(value.error());
  contents["meta"] = value->value_or("");
  return contents;
}

// Without printing both where they differ.
bool same(const Contents& a, const Contents& b) { return a == b; }

// Error sentences name the directory and what to do.
void check_corrupt(const std::string& directory, const std::string& names) {
  const auto contents = read_all(directory);
  REQUIRE_FALSE(contents);
  CHECK(contents.error().code == ErrorCode::kCorrupt);
  CHECK_THAT(contents.error().message, Contains(directory) && Contains(names) &&
                                           Contains("Move " + directory +
                                                    " aside and start again with --accept-loss: the node "
                                                    "refills itself from the other members, without "
                                                    "what it had not passed on yet."));
}

std::vector<fs::path> files_named(const std::string& directory, const std::string& part) {
  std::vector<fs::path> found;
  for (const auto& file : fs::directory_iterator(directory)) {
    if (file.path().filename().string().find(part) != std::string::npos) found.push_back(file.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void flip_byte(const fs::path& path, uint64_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const char byte = static_cast<char>(file.get() ^ 0x55);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(byte);
}

class CopiedDatabase {
 public:
  explicit CopiedDatabase(const std::string& original) {
    fs::remove_all(root_.path() / "copy");
    fs::copy(original, root_.path() / "copy", fs::copy_options::recursive);
  }
  std::string directory() const { return root_ / "copy"; }
  std::string operator/(const fs::path& name) const { return root_ / ("copy/" + name.string()); }

 private:
  TemporaryDirectory root_;
};

void put_raw_meta(const std::string& directory, const std::string& key, const std::string& value) {
  std::vector<std::string> names;
  REQUIRE(rocksdb::DB::ListColumnFamilies({}, directory, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  REQUIRE(rocksdb::DB::Open({}, directory, families, &handles, &db).ok());
  for (auto* handle : handles) {
    if (handle->GetName() == "meta") REQUIRE(db->Put({}, handle, key, value).ok());
    REQUIRE(db->DestroyColumnFamilyHandle(handle).ok());
  }
  delete db;
}

}  // namespace

TEST_CASE("rocks open: where nothing is, one is made only if asked") {
  const TemporaryDirectory root;
  RocksStoreOptions options;
  options.create = false;
  const auto refused = open_rocks_store(root / "db", options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNotFound);
  CHECK_THAT(refused.error().message, Contains(root / "db") && Contains("tuttid init"));
  CHECK_FALSE(fs::exists(root / "db"));

  fs::create_directory(root / "db");
  std::ofstream(root / "db/tutti.toml") << "name = 'a'\n";  // a file of somebody else's
  CHECK(open_rocks_store(root / "db/"));
  CHECK(open_rocks_store(root / "db", options));
}

TEST_CASE("rocks open: a path that cannot hold a database is an I/O error") {
  const TemporaryDirectory root;
  std::ofstream(root / "file") << "x";
  const auto refused = open_rocks_store(root / "file");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kIo);
  CHECK_THAT(refused.error().message, Contains(root / "file"));
}

TEST_CASE("rocks open: refuses a directory in use") {
  const TemporaryDirectory root;
  const std::string directory = root / "db";
  {
    auto first = open_rocks_store(directory);
    REQUIRE(first);
    const auto second = open_rocks_store(directory);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::kRefused);
    REQUIRE((*first)->append({1}, "still works"));
  }
  // By another process: a child that takes the lock as RocksDB does.
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const std::string lock_path = directory + "/LOCK";
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int fd = open(lock_path.c_str(), O_RDWR);
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    const bool locked = fcntl(fd, F_SETLK, &lock) == 0;
    if (write(ready[1], locked ? "y" : "n", 1) == 1) pause();
    _exit(0);
  }
  char answer = 0;
  REQUIRE(read(ready[0], &answer, 1) == 1);
  REQUIRE(answer == 'y');
  const auto refused = open_rocks_store(directory);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kRefused);
  CHECK(refused.error().message ==
        "the database in " + directory +
            " is in use by another process. Stop that one first, or give this one a "
            "directory of its own.");
  auto store = open_rocks_store(directory);
  REQUIRE(store);
  CHECK((*store)->last_position() == Position{1});
}

TEST_CASE("rocks open: refuses what a newer version wrote") {
  const TemporaryDirectory root;
  const std::string directory = make_database(root);
  SECTION("a newer format version") {
    std::string version;
    put_u64(version, 2);
    put_raw_meta(directory, "sformat", version);
    const auto refused = open_rocks_store(directory);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kUnsupported);
    CHECK_THAT(refused.error().message,
               Contains(directory) && Contains("format version 2") && Contains("up to 1"));
  }
  SECTION("a family of rows unknown here") {
    rocksdb::DB* db = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    REQUIRE(rocksdb::DB::Open({}, directory, {{"default", {}}, {"log", {}}, {"rows", {}}, {"meta", {}}},
                              &handles, &db)
                .ok());
    rocksdb::ColumnFamilyHandle* future = nullptr;
    REQUIRE(db->CreateColumnFamily({}, "future", &future).ok());
    handles.push_back(future);
    for (auto* handle : handles) REQUIRE(db->DestroyColumnFamilyHandle(handle).ok());
    delete db;
    const auto refused = open_rocks_store(directory);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kUnsupported);
    CHECK_THAT(refused.error().message, Contains(directory) && Contains("future"));
  }
}

TEST_CASE("rocks open: the disk holds what FORMAT.md says") {
  const TemporaryDirectory root;
  const std::string directory = root / "db";
  {
    auto store = std::move(*open_rocks_store(directory));
    for (uint64_t at = 1; at <= 258; ++at) REQUIRE(store->append({at}, std::to_string(at)));
    auto merge = store->begin_merge();
    REQUIRE((*merge)->put("key", "row"));
    REQUIRE((*merge)->commit({258}, "m"));
    REQUIRE(store->cut_log({2}));
    REQUIRE(store->meta_put("name", "value"));
  }
  std::string mark(8, '\0');
  std::ifstream(root / "db/synced").read(mark.data(), 8);
  CHECK(to_hex(mark) == "0201000000000e79");
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  REQUIRE(rocksdb::DB::Open({}, directory, {{"default", {}}, {"log", {}}, {"rows", {}}, {"meta", {}}},
                            &families, &db)
              .ok());
  const auto read = [&](size_t family, const std::string& key) {
    std::string value;
    return db->Get({}, families[family], key, &value).ok() ? value : "absent";
  };
  const auto u64 = [](uint64_t number) {
    std::string out;
    put_u64(out, number);
    return out;
  };
  CHECK(read(1, std::string("\0\0\0\0\0\0\x01\x02", 8)) == "258");
  CHECK(read(2, std::string("\0\0marker", 8)) == std::string("\x02\x01\0\0\0\0\0\0m", 9));
  CHECK(read(2, "key") == "row");
  CHECK(read(3, "uname") == "value");
  CHECK(read(3, "sformat") == u64(1));
  CHECK(read(3, "slog_begin") == u64(2));
  for (auto* family : families) REQUIRE(db->DestroyColumnFamilyHandle(family).ok());
  delete db;
}

TEST_CASE("rocks open: an undamaged database reads whole") {
  const TemporaryDirectory root;
  const auto contents = read_all(make_database(root));
  REQUIRE(contents);
  CHECK(contents->size() == 31 + 900 + 2);
}

TEST_CASE("rocks open: a missing file is named, and nothing is made in its place") {
  const TemporaryDirectory root;
  const std::string original = make_database(root);
  for (const auto& file : files_named(original, "")) {
    const std::string name = file.filename();
    if (name == "LOCK" || name == "IDENTITY" || name == "reserve" || name == "synced" ||
        name.starts_with("OPTIONS"))
      continue;
    if (fs::is_directory(file)) continue;
    const CopiedDatabase copy(original);
    fs::remove(copy / name);
    INFO(name);
    // The write-ahead log's last file alone is not missed: RocksDB keeps no account of it while it is
    // written.
    if (name.ends_with(".log")) continue;
    check_corrupt(copy.directory(), name.starts_with("MANIFEST") ? "MANIFEST" : name);
    for (int again = 0; again < 2; ++again) {
      auto made = open_rocks_store(copy.directory());
      REQUIRE_FALSE(made);
      CHECK(made.error().code == ErrorCode::kCorrupt);
    }
  }
}

// The manifest's last byte may end an edit that nothing depends on.
TEST_CASE("rocks open: a cut short or empty file is found") {
  const TemporaryDirectory root;
  const std::string original = make_database(root);
  const auto whole = read_all(CopiedDatabase(original).directory());
  REQUIRE(whole);
  for (const std::string part : {"CURRENT", "MANIFEST", ".sst"}) {
    for (const auto& file : files_named(original, part)) {
      const uint64_t size = fs::file_size(file);
      for (const uint64_t left : {uint64_t{0}, size / 2, size - 1}) {
        const CopiedDatabase copy(original);
        fs::resize_file(copy / file.filename(), left);
        INFO(file.filename() << " cut to " << left);
        const auto contents = read_all(copy.directory());
        if (part == "MANIFEST" && left > 0 && contents) {
          CHECK(same(*contents, *whole));
          continue;
        }
        check_corrupt(copy.directory(), "");
      }
    }
  }
}

// A damaged byte may be one that nothing depends on; what must not be is other contents without an error.
TEST_CASE("rocks open: no damaged byte gives other contents") {
  const TemporaryDirectory root;
  const std::string original = make_database(root);
  const auto whole = read_all(CopiedDatabase(original).directory());
  REQUIRE(whole);
  int found = 0;
  int harmless = 0;
  for (const std::string part : {"CURRENT", "MANIFEST", ".sst"}) {
    for (const auto& file : files_named(original, part)) {
      const uint64_t size = fs::file_size(file);
      const uint64_t step = std::max<uint64_t>(1, size / 23);
      for (uint64_t offset = step / 2; offset < size; offset += step) {
        const CopiedDatabase copy(original);
        flip_byte(copy / file.filename(), offset);
        INFO(file.filename() << " at " << offset << " of " << size);
        const auto contents = read_all(copy.directory());
        if (contents) {
          CHECK(same(*contents, *whole));
          ++harmless;
          continue;
        }
        ++found;
        CHECK(contents.error().code == ErrorCode::kCorrupt);
        CHECK_THAT(contents.error().message, Contains(copy.directory()));
        if (part == ".sst") CHECK_THAT(contents.error().message, Contains(file.filename().string()));
      }
    }
  }
  CHECK(found > 10 * harmless);
}

// Damage at the end of the newest write-ahead log looks like a power loss; but the records were synced.
TEST_CASE("rocks open: a log that ends before what was synced is told from one that was never synced") {
  const TemporaryDirectory root;
  RocksStoreOptions options;
  const std::string directory = root / "db";
  for (const uint64_t before : {0, 20}) {
    auto store = std::move(*open_rocks_store(directory, options));
    CHECK(store->remembered_position() == Position{before});
    for (uint64_t at = before + 1; at <= before + 20; ++at)
      REQUIRE(store->append({at}, std::string(100, 'x')));
    REQUIRE(store->sync());
    CHECK(store->remembered_position() == Position{before + 20});
  }
  const auto log = files_named(directory, ".log").back();
  fs::resize_file(log, fs::file_size(log) - 1);
  for (int again = 0; again < 2; ++again) {
    const auto store = std::move(*open_rocks_store(directory, options));
    CHECK(store->last_position() == Position{39});
    CHECK(store->remembered_position() == Position{40});
    if (again == 1) store->accept_loss();
  }
  CHECK(std::move(*open_rocks_store(directory, options))->remembered_position() == Position{39});
  flip_byte(root / "db/synced", 3);
  CHECK(std::move(*open_rocks_store(directory, options))->remembered_position() == Position{0});
}
