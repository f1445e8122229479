#include <catch2/catch.hpp>

#include "storage/model/row_key.h"
#include "tests/protocol/commands/single_node.h"

using namespace tutti;

namespace {

constexpr ActorId kOther{99};

Edit add_elsewhere(int64_t by) {
  const Payload payload{.kind = PayloadKind::kCounter, .value = {}, .total = by, .marks = {}};
  return {Edit::Scope::kRow, row_key("n", RowKind::kRegister), encode_payload(payload), std::vector<Dot>{}};
}

}  // namespace

TEST_CASE("counters count") {
  SingleNode node;
  CHECK(node.ask("INCR n") == ":1");
  CHECK(node.ask("INCRBY n 10") == ":11");
  CHECK(node.ask("DECR n") == ":10");
  CHECK(node.ask("DECRBY n -5") == ":15");
  CHECK(node.ask("GET n") == "15");
  CHECK(node.ask("SET n 100") == "OK");
  CHECK(node.ask("INCR n") == ":101");
  CHECK(node.ask("STRLEN n") == ":3");
}

TEST_CASE("what does not count is refused in Redis's words") {
  SingleNode node;
  node.ask("SET n x");
  CHECK(node.ask("INCR n") == "-ERR value is not an integer or out of range");
  CHECK(node.ask("INCRBY n x") == "-ERR value is not an integer or out of range");
  node.ask("SET n 9223372036854775807");
  CHECK(node.ask("INCR n") == "-ERR increment or decrement would overflow");
  CHECK(node.ask("DECRBY n -9223372036854775808") == "-ERR decrement would overflow");
  CHECK(node.ask("DECR n") == ":9223372036854775806");
}

TEST_CASE("concurrent increments add up") {
  SingleNode node;
  node.ask("SET n 10");
  const VersionVector seen = node.clock();
  node.ask("INCR n");
  node.write_elsewhere(kOther, seen, {add_elsewhere(5)});
  CHECK(node.ask("GET n") == "16");
  CHECK(node.ask("INCR n") == ":17");
  CHECK(node.ask("GET n") == "17");
}

TEST_CASE("INCR beside a DEL elsewhere leaves what the DEL had not seen") {
  SingleNode node;
  node.ask("INCRBY n 10");
  const VersionVector seen = node.clock();
  node.ask("INCR n");
  node.write_elsewhere(kOther, seen, {{Edit::Scope::kKey, key_prefix("n"), {}, {}}});
  CHECK(node.ask("GET n") == "1");
}

TEST_CASE("an increment keeps the expiry, and a counter that expired begins anew") {
  SingleNode node;
  node.ask("SET n 5 PX 100");
  CHECK(node.ask("INCR n") == ":6");
  CHECK(node.ask("PTTL n") == ":100");
  node.pass(100);
  CHECK(node.ask("GET n") == "nil");
  CHECK(node.ask("INCR n") == ":1");
  CHECK(node.ask("TTL n") == ":-1");
  CHECK(node.ask("INCR n") == ":2");
}

TEST_CASE("fields count as keys do") {
  SingleNode node;
  CHECK(node.ask("HINCRBY h f 5") == ":5");
  CHECK(node.ask("HINCRBY h f -7") == ":-2");
  CHECK(node.ask("HGET h f") == "-2");
  node.ask("HSET h f x");
  CHECK(node.ask("HINCRBY h f 1") == "-ERR hash value is not an integer");
  CHECK(node.ask("HINCRBY h f x") == "-ERR value is not an integer or out of range");
  node.ask("HSET h f 9223372036854775807");
  CHECK(node.ask("HINCRBY h f 1") == "-ERR increment or decrement would overflow");
}

TEST_CASE("a counter goes on across a merge") {
  SingleNode node;
  for (int i = 1; i <= 100; ++i) {
    CHECK(node.ask("INCR n") == ":" + std::to_string(i));
    if (i % 7 == 0) node.merge();
  }
}
