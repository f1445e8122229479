#include "storage/log/log_reader.h"

#include <catch2/catch.hpp>
#include <random>

#include "storage/log/log_record.h"
#include "storage/model/payload.h"
#include "storage/model/row_key.h"
#include "storage/store/memory_store.h"

using namespace tutti;

namespace {

// A log in a store, and beside it the list of all its operations.
struct WrittenLog {
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  MemoryStore store{disk};
  LogIndex index;
  VersionVector clock;
  std::vector<Operation> operations;
  std::vector<Position> position_of;  // of each operation's record

  explicit WrittenLog(uint64_t sample_records = 1'000'000) : index({}, {}, 0, sample_records) {}

  Operation operation(uint64_t actor, size_t value_bytes) {
    VersionVector past = clock;
    past.remove(ActorId{actor});
    Operation op{{ActorId{actor}, Counter{clock.get(ActorId{actor}).value + 1}},
                 Hlc{1},
                 std::make_shared<const VersionVector>(std::move(past)),
                 {{Edit::Scope::kKey, key_prefix("k"), value_payload(std::string(value_bytes, 'v')), {}}}};
    clock.raise(op.dot);
    return op;
  }
  void append_bytes(ByteView record, bool jumped = false) {
    const Position position{store.last_position().value + 1};
    REQUIRE(store.append(position, record));
    index.appended(position, record.size(), clock, jumped);
  }
  // One record of so many operations of any of three actors.
  void append(std::mt19937_64& random, size_t count, size_t value_bytes = 10) {
    std::vector<Operation> batch;
    const VersionVector before = clock;
    for (size_t i = 0; i < count; ++i) batch.push_back(operation(1 + random() % 3, value_bytes));
    append_bytes(encode_log_record(before, batch));
    for (Operation& op : batch) {
      operations.push_back(std::move(op));
      position_of.push_back(store.last_position());
    }
  }
  std::vector<Dot> lacked_by(const VersionVector& peer) const {
    std::vector<Dot> dots;
    for (const Operation& op : operations) {
      if (!peer.covers(op.dot)) dots.push_back(op.dot);
    }
    return dots;
  }
};

}  // namespace

TEST_CASE("chunk by chunk a peer gets what it lacks, in the order of the log, each once", "[log_reader]") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    WrittenLog log(1 + random() % 20);
    for (int i = 0; i < 60; ++i) log.append(random, 1 + random() % 5, random() % 60);
    VersionVector peer;
    for (const auto& entry : log.clock.entries())
      peer.raise({entry.actor, Counter{random() % (entry.counter.value + 1)}});
    const std::vector<Dot> lacked = log.lacked_by(peer);
    std::vector<Dot> got;
    for (bool more = true; more;) {
      // Another reader comes between: each finds its own place again.
      if (random() % 3 == 0) REQUIRE(read_log_chunk(log.store, log.index, {}, random() % 300));
      const auto chunk = read_log_chunk(log.store, log.index, peer, random() % 300);
      REQUIRE(chunk);
      REQUIRE((!chunk->operations.empty() || got == lacked));
      for (const Operation& op : chunk->operations) {
        REQUIRE_FALSE(peer.covers(op.dot));
        REQUIRE(op.ready_at(peer));
        peer.raise(op.dot);
        got.push_back(op.dot);
      }
      more = chunk->more;
    }
    REQUIRE(got == lacked);
  }
}

TEST_CASE("a chunk takes about the bytes it may, and one operation at least", "[log_reader]") {
  std::mt19937_64 random(1);
  WrittenLog log;
  log.append(random, 20, 1000);
  CHECK(read_log_chunk(log.store, log.index, {}, 0)->operations.size() == 1);
  CHECK(read_log_chunk(log.store, log.index, {}, 1)->operations.size() == 1);
  const auto some = read_log_chunk(log.store, log.index, {}, 5000);
  CHECK(some->operations.size() == 5);
  CHECK(some->more);
  const auto all = read_log_chunk(log.store, log.index, {}, 1 << 20);
  CHECK(all->operations.size() == 20);
  CHECK_FALSE(all->more);
}

TEST_CASE("a peer that lacks nothing gets nothing", "[log_reader]") {
  std::mt19937_64 random(1);
  WrittenLog log;
  CHECK(read_log_chunk(log.store, log.index, {}, 100)->operations.empty());
  log.append(random, 3);
  const auto chunk = read_log_chunk(log.store, log.index, log.clock, 100);
  CHECK(chunk->operations.empty());
  CHECK_FALSE(chunk->more);
}

TEST_CASE("the index remembers the record in which the next chunk begins", "[log_reader]") {
  std::mt19937_64 random(3);
  WrittenLog log;  // without samples: it knows of readers alone
  for (int i = 0; i < 20; ++i) log.append(random, 3, 100);
  VersionVector peer;
  for (size_t sent = 0;;) {
    const auto chunk = read_log_chunk(log.store, log.index, peer, 500);
    REQUIRE(chunk);
    for (const Operation& op : chunk->operations) peer.raise(op.dot);
    sent += chunk->operations.size();
    if (!chunk->more) break;
    CHECK(log.index.covered_by(peer).position.value + 1 == log.position_of[sent].value);
  }
}

TEST_CASE("a join in the log is passed over", "[log_reader]") {
  std::mt19937_64 random(4);
  WrittenLog log;
  log.append(random, 2);
  VersionVector source;
  source.raise({ActorId{9}, Counter{5}});
  log.clock.join(source);
  log.append_bytes(encode_log_record(JoinRecord{source, {}}), true);
  log.append(random, 2);
  const auto chunk = read_log_chunk(log.store, log.index, source, 1 << 20);
  REQUIRE(chunk);
  CHECK(chunk->operations.size() == 4);
  CHECK_FALSE(chunk->more);
}

TEST_CASE("a record that is none is corruption, named by its position", "[log_reader]") {
  std::mt19937_64 random(5);
  WrittenLog log;
  log.append(random, 2);
  log.append_bytes(GENERATE(ByteView("\3\5not a batch"), ByteView("\x77of a kind to come"), ByteView()));
  const auto chunk = read_log_chunk(log.store, log.index, {}, 1 << 20);
  REQUIRE_FALSE(chunk);
  CHECK(chunk.error().code == ErrorCode::kCorrupt);
  CHECK(chunk.error().message.find("log record 2") != std::string::npos);
}

TEST_CASE("an error of the disk comes through, at the first record and at a later one", "[log_reader]") {
  std::mt19937_64 random(6);
  WrittenLog log;
  for (int i = 0; i < 5; ++i) log.append(random, 1);
  log.disk->fail_one(MemoryDisk::Operation::kRead, GENERATE(0, 1, 4));
  const auto chunk = read_log_chunk(log.store, log.index, {}, 1 << 20);
  REQUIRE_FALSE(chunk);
  CHECK(chunk.error().code == ErrorCode::kIo);
  CHECK(read_log_chunk(log.store, log.index, {}, 1 << 20)->operations.size() == 5);
}
