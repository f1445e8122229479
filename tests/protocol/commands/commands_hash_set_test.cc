#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "storage/model/row_key.h"
#include "tests/protocol/commands/single_node.h"

using namespace tutti;

TEST_CASE("hashes hold fields") {
  SingleNode node;
  CHECK(node.ask("HSET h a 1 b 2") == ":2");
  CHECK(node.ask("HSET h b 3 c 4 c 5") == ":1");
  CHECK(node.ask("HGET h c") == "5");
  CHECK(node.ask("HGET h nope") == "nil");
  CHECK(node.ask("HMGET h a nope b") == "[1 nil 3]");
  CHECK(node.ask("HMGET none a") == "[nil]");
  CHECK(node.ask("HGETALL h") == "[a 1 b 3 c 5]");
  CHECK(node.ask("HKEYS h") == "[a b c]");
  CHECK(node.ask("HVALS h") == "[1 3 5]");
  CHECK(node.ask("HLEN h") == ":3");
  CHECK(node.ask("HEXISTS h a") == ":1");
  CHECK(node.ask("HEXISTS h z") == ":0");
  CHECK(node.ask("HMSET h z 9") == "OK");
  CHECK(node.ask("HSCAN h 0") == "[0 [a 1 b 3 c 5 z 9]]");
  CHECK(node.ask("HSCAN h 0 MATCH [ab]") == "[0 [a 1 b 3]]");
  CHECK(node.ask("HSET h a") == "-ERR wrong number of arguments for 'hset' command");
  CHECK(node.ask("HSET h a 1 b") == "-ERR wrong number of arguments for 'hset' command");
  CHECK(node.ask("HMSET h a 1 b") == "-ERR wrong number of arguments for 'hmset' command");
}

TEST_CASE("a hash without fields is no key, its expiry with it") {
  SingleNode node;
  node.ask("HSET h a 1 b 2");
  node.ask("EXPIRE h 100");
  CHECK(node.ask("HDEL h a nope a") == ":1");
  CHECK(node.ask("TTL h") == ":100");
  CHECK(node.ask("HDEL h b") == ":1");
  CHECK(node.ask("EXISTS h") == ":0");
  CHECK(node.ask("DBSIZE") == ":0");
  CHECK(node.ask("HSET h a 1") == ":1");
  CHECK(node.ask("TTL h") == ":-1");
  const uint64_t before = node.operations();
  CHECK(node.ask("HDEL h nope") == ":0");
  CHECK(node.operations() == before);
}

TEST_CASE("hashes are maps in RESP3") {
  SingleNode node;
  node.ask("HSET h a 1");
  node.ask("SADD s m");
  node.ask("HELLO 3");
  CHECK(node.line("HGETALL h") == "%1\r\n$1\r\na\r\n$1\r\n1\r\n");
  CHECK(node.line("HGETALL nope") == "%0\r\n");
  CHECK(node.line("HKEYS h") == "*1\r\n$1\r\na\r\n");
  CHECK(node.line("SMEMBERS s") == "~1\r\n$1\r\nm\r\n");
  CHECK(node.line("SMEMBERS nope") == "~0\r\n");
  CHECK(node.line("GET nope") == "_\r\n");
  CHECK(node.line("SISMEMBER s m") == ":1\r\n");
}

TEST_CASE("sets hold members, and an add of one that is there renews it") {
  SingleNode node;
  CHECK(node.ask("SADD s a b a") == ":2");
  const uint64_t before = node.operations();
  CHECK(node.ask("SADD s a b") == ":0");
  CHECK(node.operations() == before + 1);
  CHECK(node.ask("SADD s b c") == ":1");
  CHECK(node.ask("SMEMBERS s") == "[a b c]");
  CHECK(node.ask("SCARD s") == ":3");
  CHECK(node.ask("SISMEMBER s a") == ":1");
  CHECK(node.ask("SMISMEMBER s a z") == "[:1 :0]");
  CHECK(node.ask("SMISMEMBER none a") == "[:0]");
  CHECK(node.ask("SSCAN s 0") == "[0 [a b c]]");
  CHECK(node.ask("SREM s a z a") == ":1");
  CHECK(node.ask("SREM s b c") == ":2");
  CHECK(node.ask("EXISTS s") == ":0");
  CHECK(node.ask("SREM s b") == ":0");
}

TEST_CASE("an add wins over a remove that had not seen it") {
  SingleNode node;
  node.ask("SADD s m");
  const VersionVector seen = node.clock();
  node.ask("SREM s m");
  node.write_elsewhere(ActorId{99}, seen,
                       {{Edit::Scope::kRow, row_key("s", RowKind::kSetMember, "m"), member_payload(), {}}});
  CHECK(node.ask("SISMEMBER s m") == ":1");
}

TEST_CASE("hash and set commands refuse each other's keys") {
  SingleNode node;
  node.ask("HSET h f v");
  node.ask("SADD s m");
  const uint64_t before = node.operations();
  for (const char* request : {"HSET s f v", "HGET s f", "HMGET s f", "HGETALL s", "HDEL s f", "HLEN s",
                              "HEXISTS s f", "HINCRBY s f 1", "HSCAN s 0", "SADD h m", "SREM h m",
                              "SMEMBERS h", "SISMEMBER h m", "SMISMEMBER h m", "SCARD h", "SSCAN h 0"}) {
    INFO(request);
    CHECK(node.ask(request) == "-WRONGTYPE Operation against a key holding the wrong kind of value");
  }
  CHECK(node.operations() == before);
}

TEST_CASE("a large hash or set is scanned page by page, and every element that stays is seen once") {
  for (const bool merged : {false, true}) {
    for (const std::string command : {"HSCAN", "SSCAN"}) {
      SingleNode node;
      const bool hash = command == "HSCAN";
      std::multiset<std::string> stays;
      for (int i = 0; i < 1000; ++i) {
        const std::string element = "e" + std::to_string(i);
        node.ask(hash ? "HSET k " + element + " v" : "SADD k " + element);
        if (i % 3 != 0) stays.insert(element);
      }
      if (merged) node.merge();
      std::multiset<std::string> seen;
      std::string cursor = "0";
      int pages = 0;
      do {
        std::string answer = node.ask(command + " k " + cursor + " COUNT 50");
        std::erase_if(answer, [](char c) { return c == '[' || c == ']'; });
        std::istringstream words(answer);
        words >> cursor;
        for (std::string element, value; words >> element;) {
          if (hash) words >> value;
          if (stays.contains(element)) seen.insert(element);
        }
        // Between two pages others go, on either side of the cursor.
        const std::string gone = "e" + std::to_string(pages * 42 / 3 * 3);
        node.ask((hash ? "HDEL k " : "SREM k ") + gone);
        ++pages;
      } while (cursor != "0");
      CHECK(pages >= 18);
      CHECK(seen == stays);
    }
  }
}

TEST_CASE("a small hash is shown whole whatever COUNT says, and a cursor of another key is refused") {
  SingleNode node;
  for (int i = 0; i < 100; ++i) node.ask("HSET small f" + std::to_string(i) + " v");
  for (int i = 0; i < 200; ++i) node.ask("HSET large f" + std::to_string(i) + " v");
  CHECK(node.ask("HSCAN small 0 COUNT 1").starts_with("[0 "));
  const std::string page = node.ask("HSCAN large 0 COUNT 100");
  const std::string cursor = page.substr(1, page.find(' ') - 1);
  REQUIRE(cursor != "0");
  CHECK(node.ask("HSCAN small " + cursor).starts_with("-ERR this node does not hold the cursor " + cursor));
}
