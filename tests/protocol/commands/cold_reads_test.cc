#include <array>
#include <catch2/catch.hpp>
#include <random>

#include "storage/base/check.h"
#include "tests/protocol/commands/single_node.h"

namespace tutti {
namespace {

// Commands of all that read, over few keys, so that hashes, sets and strings meet.
class Commands {
 public:
  explicit Commands(uint64_t seed) : random_(seed) {}

  uint64_t below(uint64_t n) { return random_() % n; }
  std::vector<std::string> next() {
    const std::string key = "key" + std::to_string(below(6));
    const std::string other = "key" + std::to_string(below(6));
    const std::string at = std::to_string(below(200));
    switch (below(22)) {
      case 0: return {"SET", key, at, "GET"};
      case 1: return {"GET", key};
      case 2: return {"MGET", key, other, "absent"};
      case 3: return {"DEL", key, other};
      case 4: return many("HSET", key, true);
      case 5: return many("SADD", key, false);
      case 6: return {"HGETALL", key};
      case 7: return {"HMGET", key, "f" + at, "f1", "f2"};
      case 8: return {"HDEL", key, "f" + at, "f1"};
      case 9: return {"HLEN", key};
      case 10: return {"SMEMBERS", key};
      case 11: return {"SISMEMBER", key, "f" + at};
      case 12: return {"SREM", key, "f" + at};
      case 13: return {"SCARD", key};
      case 14: return {"INCRBY", "counter" + std::to_string(below(3)), at};
      case 15: return {"HINCRBY", key, "n", "1"};
      case 16: return {"EXPIRE", key, "1000", "NX"};
      case 17: return {"TTL", key};
      case 18: return {"EXISTS", key, other, "absent"};
      case 19: return {"HSCAN", key, "0", "COUNT", "7"};
      case 20: return {"SCAN", "0", "COUNT", "100", "TYPE", "hash"};
      default: return {"APPEND", key, "x"};
    }
  }

 private:
  std::vector<std::string> many(const char* command, const std::string& key, bool values) {
    std::vector<std::string> words{command, key};
    const uint64_t first = below(200);
    for (uint64_t i = 0; i <= below(60); ++i) {
      words.push_back("f" + std::to_string(first + i));
      if (values) words.push_back(std::to_string(below(1000)));
    }
    return words;
  }

  std::mt19937_64 random_;
};

TEST_CASE("a command that must wait for the disk replies as one that need not", "[commands]") {
  constexpr std::array<uint64_t, 3> kCaches{0, 64u << 10, 64u << 20};
  int fetches = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Commands commands(seed);
    SingleNode warm, cold({.read_cache_bytes = kCaches[seed % kCaches.size()]});
    std::mt19937_64 misses(seed);
    cold.disk().set_memory_misses([&] { return misses() % 4 == 0; });
    for (int i = 0; i < 200; ++i) {
      const auto words = commands.next();
      CAPTURE(i, words);
      REQUIRE(warm.raw(words) == cold.raw(words));
      REQUIRE(warm.clock() == cold.clock());
      if (commands.below(12) == 0) {
        warm.merge();
        cold.merge();
      }
    }
    fetches += cold.fetches();
  }
  CHECK(fetches > 1000);
}

TEST_CASE("what is fetched is there the next time", "[commands]") {
  SingleNode node;
  for (int i = 0; i < 100; ++i) node.ask("SET key" + std::to_string(i) + " " + std::to_string(i));
  node.merge();
  node.ask("FLUSHALL");  // the table merged before knew them all
  for (int i = 0; i < 100; ++i) node.ask("HSET hash f" + std::to_string(i) + " v");
  node.ask("SET other 1");
  node.merge();
  node.merge();  // no table knows them any more
  int misses = 0;
  node.disk().set_memory_misses([&] { return ++misses > 0; });
  CHECK(node.ask("HGET hash f7") == "v");
  const int fetches = node.fetches();
  CHECK(node.ask("HLEN hash") == ":100");
  CHECK(node.ask("HGET hash f99") == "v");
  CHECK(node.fetches() == fetches);
  CHECK(node.ask("MGET other key1 key2") == "[1 nil nil]");
  CHECK(node.fetches() == fetches + 1);  // all its keys at once
}

TEST_CASE("an error of the disk reaches a command that waited for it", "[commands]") {
  SingleNode node({.read_cache_bytes = 0});
  node.ask("SET key value");
  node.merge();
  node.merge();
  node.disk().set_memory_misses([] { return true; });
  node.disk().flip_bit(MemoryDisk::Part::kRows, 5);
  CHECK(node.ask("GET key").starts_with("-ERR"));
}

}  // namespace
}  // namespace tutti
