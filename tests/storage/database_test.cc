#include "storage/database.h"

#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "storage/model/payload.h"
#include "storage/store/memory_store.h"

// What the model leaves out: refusals, faults, bounds, and what is said of them.
namespace tutti {
namespace {

const HashKey kKey{1, 2, 3};

struct Bench {
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<MemoryStore> store;
  std::unique_ptr<Database> db;
  ActorId actor{7};
  Database::Options options;

  Result<> open() {
    db.reset();
    store = std::make_unique<MemoryStore>(disk);
    auto opened = Database::open(*store, kKey, options);
    if (!opened) return std::unexpected(opened.error());
    db = *std::move(opened);
    return {};
  }
  Operation set(ByteView key, ByteView value) const {
    VersionVector past = db->clock();
    past.remove(actor);
    return {{actor, {db->clock().get(actor).value + 1}},
            {1000},
            std::make_shared<VersionVector>(past),
            {{Edit::Scope::kKey, key_prefix(key), value_payload(value), {}}}};
  }
  void write(ByteView key, ByteView value) {
    REQUIRE(db->apply(set(key, value)));
    REQUIRE(db->commit());
  }
  Result<> merge() {
    auto merge = db->begin_merge();
    auto outcome = merge->run();
    return db->finish_merge(std::move(merge), std::move(outcome));
  }
  std::string value(ByteView key) {
    const auto row = db->read(row_key(key, RowKind::kRegister));
    REQUIRE(row);
    return (*row)->empty() ? "nothing" : std::string(payload_value((*row)->back().payload));
  }
};

TEST_CASE("an empty database is at the beginning", "[database]") {
  Bench b;
  REQUIRE(b.open());
  CHECK(b.db->clock().empty());
  CHECK(b.db->nothing_to_merge());
  CHECK(b.db->commit().value() == Position{0});
  CHECK(b.db->key_count().value() == 0);
  CHECK(b.db->scan_keys({}, 10).value().next.empty());
  CHECK(b.db->read_log({}, 100).value().operations.empty());
  REQUIRE(b.merge());
}

TEST_CASE("a commit is one record, and tells its operations until the next apply", "[database]") {
  Bench b;
  REQUIRE(b.open());
  REQUIRE(b.db->apply(b.set("a", "1")));
  REQUIRE(b.db->apply(b.set("b", "2")));
  CHECK(b.value("a") == "1");
  CHECK(b.db->commit().value() == Position{1});
  CHECK(b.db->last_committed().size() == 2);
  CHECK(b.db->last_hlc() == Hlc{1000});
  REQUIRE(b.db->apply(b.set("c", "3")));
  CHECK(b.db->last_committed().empty());
  CHECK(b.db->commit().value() == Position{2});
  CHECK(b.db->commit().value() == Position{2});
}

TEST_CASE("the first fault closes the database for writes, and reads of what the log holds go on",
          "[database]") {
  Bench b;
  REQUIRE(b.open());
  b.write("a", "1");
  b.write("b", "1");
  const VersionVector logged = b.db->clock();
  const Hash128 logged_hash = b.db->clock_hash();
  b.disk->fail_writes({ErrorCode::kIo, "no space left"});
  REQUIRE(b.db->apply(b.set("a", "2")));
  CHECK(b.db->commit().error().message == "no space left");
  b.disk->heal();
  CHECK(b.db->apply(b.set("a", "3")).error().message == "no space left");
  CHECK(b.db->commit().error().code == ErrorCode::kIo);
  REQUIRE(b.db->broken());
  CHECK_FALSE(b.db->merge_due());
  CHECK(b.value("b") == "1");
  CHECK(b.db->clock() == logged);
  CHECK(b.db->clock_hash() == logged_hash);
  CHECK(b.db->last_committed().empty());
  // What was never logged is not shown as if it were; what it replaced cannot be told without a restart.
  const auto row = b.db->read(row_key("a", RowKind::kRegister));
  REQUIRE_FALSE(row);
  CHECK(row.error().code == ErrorCode::kIo);
  CHECK(row.error().message.find("no space left") != std::string::npos);
  CHECK_FALSE(b.db->read_key(key_prefix("a"), [](const RowKeyParts&, const Lives&) { return true; }));
  CHECK_FALSE(b.db->scan_keys({}, 10));
  CHECK_FALSE(b.db->key_count());
  REQUIRE(b.open());
  CHECK(b.value("a") == "1");
}

TEST_CASE("an operation that fails midway shows nothing of itself", "[database]") {
  Bench b;
  REQUIRE(b.open());
  b.write("a", "1");
  b.write("b", "1");
  REQUIRE(b.merge());
  REQUIRE(b.open());
  const VersionVector logged = b.db->clock();
  // Written by somebody who had seen nothing: the rows must be read first, and the second one cannot be.
  Operation op{{ActorId{8}, {1}}, {2000}, std::make_shared<VersionVector>(), {}};
  for (const char* key : {"a", "b"})
    op.edits.push_back({Edit::Scope::kKey, key_prefix(key), value_payload("2"), {}});
  b.disk->fail_one(MemoryDisk::Operation::kRead, 1);
  REQUIRE_FALSE(b.db->apply(op));
  CHECK(b.db->clock() == logged);
  CHECK_FALSE(b.db->read(row_key("a", RowKind::kRegister)));
  CHECK_FALSE(b.db->read(row_key("b", RowKind::kRegister)));
  CHECK(b.value("c") == "nothing");
}

TEST_CASE("a FLUSHALL that never reached the log hides no key as if it were gone", "[database]") {
  Bench b;
  REQUIRE(b.open());
  b.write("a", "1");
  Operation flush = b.set("a", "");
  flush.edits = {{Edit::Scope::kPrefix, "", {}, {}}};
  REQUIRE(b.db->apply(flush));
  b.disk->fail_writes({ErrorCode::kIo, "no space left"});
  REQUIRE_FALSE(b.db->commit());
  CHECK_FALSE(b.db->read(row_key("a", RowKind::kRegister)));
}

TEST_CASE("a join that the log does not take changes nothing", "[database]") {
  Bench b, source;
  REQUIRE(b.open());
  REQUIRE(source.open());
  source.actor = ActorId{9};
  source.write("a", "1");
  b.disk->fail_writes({ErrorCode::kIo, "no space left"});
  const auto row = source.db->read(row_key("a", RowKind::kRegister));
  REQUIRE(row);
  std::string bytes;
  encode_row(**row, bytes);
  const StagedRow staged{row_key("a", RowKind::kRegister), bytes};
  REQUIRE_FALSE(b.db->join(source.db->clock(), {&staged, 1}));
  CHECK(b.db->clock().empty());
  CHECK(b.value("a") == "nothing");
}

TEST_CASE("a merge that fails leaves what was there, and closes the database", "[database]") {
  Bench b;
  REQUIRE(b.open());
  b.write("a", "1");
  auto merge = b.db->begin_merge();
  b.disk->fail_writes({ErrorCode::kIo, "no space left"});
  auto outcome = merge->run();
  CHECK_FALSE(b.db->finish_merge(std::move(merge), std::move(outcome)));
  CHECK(b.db->broken());
  CHECK(b.value("a") == "1");
  CHECK(b.db->merged()->rows == 0);
  b.disk->heal();
  REQUIRE(b.open());
  CHECK(b.value("a") == "1");
}

TEST_CASE("a damaged log record is named by its position", "[database]") {
  Bench b;
  REQUIRE(b.open());
  b.write("a", "1");
  REQUIRE(b.store->append({2}, "no record"));
  const auto opened = b.open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::kCorrupt);
  CHECK(opened.error().message.find("record 2") != std::string::npos);
}

TEST_CASE("a damaged marker, and a log that ends before it, are refused", "[database]") {
  Bench b;
  REQUIRE(b.open());
  auto merge = b.store->begin_merge();
  REQUIRE((*merge)->commit({0}, "\x01no marker"));
  CHECK(b.open().error().code == ErrorCode::kCorrupt);

  Bench c;
  REQUIRE(c.open());
  c.write("a", "1");
  REQUIRE(c.merge());
  Bench d;
  REQUIRE(d.open());
  auto copied = d.store->begin_merge();
  REQUIRE((*copied)->commit({0}, c.store->rows()->marker()));
  CHECK(d.open().error().code == ErrorCode::kCorrupt);
}

TEST_CASE("a damaged row on disk is corruption when it is read", "[database]") {
  Bench b;
  REQUIRE(b.open());
  auto merge = b.store->begin_merge();
  REQUIRE((*merge)->put(row_key("a", RowKind::kRegister), "damage"));
  REQUIRE((*merge)->commit({0}, {}));
  REQUIRE(b.open());
  CHECK(b.db->read(row_key("a", RowKind::kRegister)).error().code == ErrorCode::kCorrupt);
  CHECK(b.db->broken());
}

TEST_CASE("a row of an unknown kind on disk is corruption when its key is read", "[database]") {
  Bench b;
  REQUIRE(b.open());
  const Live live{{{7}, {1}}, {1}, {0}, ByteView("\x01\0v", 3)};
  std::string bytes;
  encode_row(std::span(&live, 1), bytes);
  auto merge = b.store->begin_merge();
  REQUIRE((*merge)->put(key_prefix("a") + 'q', bytes));
  REQUIRE((*merge)->commit({0}, {}));
  REQUIRE(b.open());
  const auto read = b.db->read_key(key_prefix("a"), [](const RowKeyParts&, const Lives&) { return true; });
  CHECK(read.error().code == ErrorCode::kCorrupt);
}

TEST_CASE("a join of what is no row changes nothing", "[database]") {
  Bench b;
  REQUIRE(b.open());
  b.write("a", "1");
  VersionVector source;
  source.raise({{9}, {5}});
  CHECK(b.db->join(source, std::vector<StagedRow>{{"no row key", ""}}).error().code == ErrorCode::kMalformed);
  CHECK(b.db->join(source, std::vector<StagedRow>{{row_key("a", RowKind::kRegister), "x"}}).error().code ==
        ErrorCode::kMalformed);
  CHECK_FALSE(b.db->broken());
  CHECK_FALSE(b.db->clock().covers(source));
  CHECK(b.store->last_position() == Position{1});
  CHECK(b.db->join(source, {}).value() == Position{2});
  CHECK(b.db->clock().covers(source));
  CHECK(b.db->floor() == source);
}

TEST_CASE("a table fills, is due for a merge, and presses on its writers", "[database]") {
  Bench b;
  b.options.table_bytes_max = 200 << 10;
  REQUIRE(b.open());
  CHECK(b.db->pressure() == 0);
  int i = 0;
  while (!b.db->merge_due()) b.write("key" + std::to_string(i++), std::string(100, 'x'));
  auto merge = b.db->begin_merge();
  CHECK_FALSE(b.db->merge_due());
  while (b.db->pressure() < 1) b.write("key" + std::to_string(i++), std::string(100, 'x'));
  auto outcome = merge->run();
  REQUIRE(b.db->finish_merge(std::move(merge), std::move(outcome)));
  CHECK(b.db->key_count().value() == static_cast<uint64_t>(i));
}

TEST_CASE("merges run on a thread of their own while all else goes on", "[database]") {
  Bench b;
  b.options.table_bytes_max = 200 << 10;
  REQUIRE(b.open());
  std::set<std::string> keys;
  for (int round = 0; round < 20; ++round) {
    auto merge = b.db->begin_merge();
    Result<> outcome;
    std::thread thread([&] { outcome = merge->run(); });
    for (int i = 0; i < 300; ++i) {
      const std::string key = "key" + std::to_string((i * 7 + round * 31) % 500);
      b.write(key, std::to_string(round));
      keys.insert(key);
      CHECK(b.value(key) == std::to_string(round));
      if (i % 50 == 0) CHECK(b.db->key_count().value() == keys.size());
      if (i % 100 == 0) CHECK(b.db->scan_keys({}, 1000)->keys.size() >= keys.size());
    }
    thread.join();
    REQUIRE(b.db->finish_merge(std::move(merge), std::move(outcome)));
    CHECK(b.db->key_count().value() == keys.size());
  }
}

TEST_CASE("where the disk is short of room the log is cut of all that nobody lacks", "[database]") {
  Bench b;
  b.options.log_sample_records = 16;
  REQUIRE(b.open());
  for (int i = 0; i < 2000; ++i) b.write("key" + std::to_string(i % 50), std::string(100, 'x'));
  REQUIRE(b.merge());
  CHECK_FALSE(b.db->cut_log(b.db->clock()));
  b.disk->fill(false);
  CHECK_FALSE(b.db->cut_log({}));
  const auto cut = b.db->cut_log(b.db->clock());
  REQUIRE(cut);
  REQUIRE(cut());
  CHECK(b.store->log_bytes() < 20000);
  b.disk->heal();
  b.write("key", "value");
  CHECK(b.value("key") == "value");
}

TEST_CASE("a log is cut behind a merge, down to what is to be kept", "[database]") {
  Bench b;
  b.options.log_bytes_keep = 20000;
  b.options.log_sample_records = 16;
  REQUIRE(b.open());
  for (int i = 0; i < 2000; ++i) b.write("key" + std::to_string(i % 50), std::string(100, 'x'));
  CHECK_FALSE(b.db->cut_log(b.db->clock()));
  REQUIRE(b.merge());
  CHECK_FALSE(b.db->cut_log({}));
  const auto cut = b.db->cut_log(b.db->clock());
  REQUIRE(cut);
  REQUIRE(cut());
  CHECK(b.store->log_bytes() >= 20000);
  CHECK(b.store->log_bytes() < 60000);
  CHECK(b.db->read_log({}, 100).error().code == ErrorCode::kRefused);
  for (int opened = 0; opened < 2; ++opened) {
    size_t served = 0;
    VersionVector peer = b.db->floor();
    for (bool more = true; more;) {
      const auto chunk = b.db->read_log(peer, 1000);
      REQUIRE(chunk);
      for (const auto& op : chunk->operations) peer.raise(op.dot);
      served += chunk->operations.size();
      more = chunk->more;
    }
    CHECK(peer == b.db->clock());
    CHECK(served == b.db->clock().get(b.actor).value - b.db->floor().get(b.actor).value);
    REQUIRE(b.open());
  }
}

TEST_CASE("a cut that a crash came before is done after the next start", "[database]") {
  Bench b;
  b.options.log_bytes_keep = 20000;
  b.options.log_sample_records = 16;
  REQUIRE(b.open());
  for (int i = 0; i < 2000; ++i) b.write("key" + std::to_string(i % 50), std::string(100, 'x'));
  REQUIRE(b.merge());
  REQUIRE(b.db->cut_log(b.db->clock()));  // the floor is durable; its job is lost
  REQUIRE(b.store->log_bytes() > 200000);
  REQUIRE(b.open());
  const auto cut = b.db->cut_log(b.db->clock());
  REQUIRE(cut);
  REQUIRE(cut());
  CHECK(b.store->log_bytes() < 60000);
  CHECK_FALSE(b.db->cut_log(b.db->clock()));
}

TEST_CASE("a bad cursor of a scan is told from a good one", "[database]") {
  Bench b;
  REQUIRE(b.open());
  for (int i = 0; i < 10; ++i) b.write("key" + std::to_string(i), "x");
  CHECK(b.db->scan_keys("\xFF\xFF", 10).error().code == ErrorCode::kMalformed);
  const auto page = b.db->scan_keys({}, 3);
  CHECK(page->keys.size() == 3);
  CHECK_FALSE(page->next.empty());
  CHECK(b.db->scan_keys(page->next, 100)->keys.size() == 7);
}

}  // namespace
}  // namespace tutti
