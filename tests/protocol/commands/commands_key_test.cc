#include <catch2/catch.hpp>
#include <set>

#include "protocol/commands/edits.h"
#include "storage/model/payload.h"
#include "storage/model/row_key.h"
#include "tests/protocol/commands/single_node.h"

using namespace tutti;

TEST_CASE("keys are deleted together, those that are there alone") {
  SingleNode node;
  node.ask("MSET a 1 b 2");
  node.ask("HSET h f v");
  node.ask("SADD s m");
  const uint64_t before = node.operations();
  CHECK(node.ask("DEL nope") == ":0");
  CHECK(node.operations() == before);
  CHECK(node.ask("EXISTS a a h nope") == ":3");
  CHECK(node.ask("DEL a h a nope") == ":2");
  CHECK(node.operations() == before + 1);
  CHECK(node.ask("UNLINK s") == ":1");
  CHECK(node.ask("EXISTS a b h s") == ":1");
  CHECK(node.ask("DBSIZE") == ":1");
}

TEST_CASE("types are told") {
  SingleNode node;
  node.ask("SET a 1");
  node.ask("HSET h f v");
  node.ask("SADD s m");
  node.ask("INCR n");
  CHECK(node.raw({"TYPE", "a"}) == "+string\r\n");
  CHECK(node.ask("TYPE h") == "hash");
  CHECK(node.ask("TYPE s") == "set");
  CHECK(node.ask("TYPE n") == "string");
  CHECK(node.ask("TYPE nope") == "none");
}

TEST_CASE("keys of every type expire, at once and whole") {
  SingleNode node;
  for (const char* make : {"SET k v", "HSET k f v", "SADD k m", "INCR k"}) {
    INFO(make);
    node.ask(make);
    CHECK(node.ask("TTL k") == ":-1");
    CHECK(node.ask("PEXPIRE k 1500") == ":1");
    CHECK(node.ask("PTTL k") == ":1500");
    CHECK(node.ask("TTL k") == ":2");
    CHECK(node.ask("PEXPIRETIME k") == ":" + std::to_string(node.now_ms() + 1500));
    CHECK(node.ask("PERSIST k") == ":1");
    CHECK(node.ask("PERSIST k") == ":0");
    CHECK(node.ask("EXPIREAT k " + std::to_string(node.now_ms() / 1000 + 1)) == ":1");
    node.pass(1000);
    CHECK(node.ask("EXISTS k") == ":0");
    CHECK(node.ask("TTL k") == ":-2");
    CHECK(node.ask("EXPIRE k 10") == ":0");
    CHECK(node.ask("DEL k") == ":0");
    CHECK(node.ask("KEYS *") == "[]");
  }
}

TEST_CASE("a write into an expired hash or set brings nothing back") {
  SingleNode node;
  node.ask("HSET h a 1 b 2");
  node.ask("SADD s a b");
  node.ask("PEXPIRE h 10");
  node.ask("PEXPIRE s 10");
  node.pass(10);
  CHECK(node.ask("HGETALL h") == "[]");
  CHECK(node.ask("HSET h c 3") == ":1");
  CHECK(node.ask("HGETALL h") == "[c 3]");
  CHECK(node.ask("TTL h") == ":-1");
  CHECK(node.ask("SADD s b") == ":1");
  CHECK(node.ask("SMEMBERS s") == "[b]");
  node.ask("PEXPIRE h 10");
  node.pass(10);
  CHECK(node.ask("HINCRBY h c 1") == ":1");
  CHECK(node.ask("HGETALL h") == "[c 1]");
}

TEST_CASE("EXPIRE, PERSIST and GETEX write the key's expiry, and nothing else") {
  SingleNode node;
  for (const char* make : {"SET k 7", "INCRBY k 7", "HSET k f v", "SADD k m"}) {
    INFO(make);
    node.ask(make);
    node.ask("EXPIRE k 100");
    const auto only_expiry = [&] {
      const auto operations = node.database().last_committed();
      return operations.size() == 1 && operations[0].edits.size() == 1 &&
             operations[0].edits[0].target == row_key("k", RowKind::kKeyExpiry);
    };
    CHECK(only_expiry());
    CHECK(node.ask("PERSIST k") == ":1");
    CHECK(only_expiry());
    CHECK(node.ask("TTL k") == ":-1");
    node.ask("DEL k");
  }
  node.ask("SET k 7");
  CHECK(node.ask("GETEX k EX 100") == "7");
  CHECK(node.ask("TTL k") == ":100");
  CHECK(node.ask("GETEX k") == "7");
  CHECK(node.ask("TTL k") == ":100");
  CHECK(node.ask("GETEX k PERSIST") == "7");
  CHECK(node.ask("TTL k") == ":-1");
  CHECK(node.ask("GETEX k EX") == "-ERR syntax error");
  CHECK(node.ask("GETEX k EX 0") == "-ERR invalid expire time in 'getex' command");
  CHECK(node.ask("GETEX k PXAT 1") == "7");
  CHECK(node.ask("EXISTS k") == ":0");
  CHECK(node.ask("GETEX k PERSIST") == "nil");
  node.ask("SADD s m");
  CHECK(node.ask("GETEX s") == "-WRONGTYPE Operation against a key holding the wrong kind of value");
}

TEST_CASE("a new expiry brings nothing back that had ended under an older one's eyes") {
  constexpr ActorId kNear{1}, kFar{2};
  SingleNode node;
  const std::string touch = GENERATE("EXPIRE k 1000", "PERSIST k");
  SECTION("a value that another node wrote after that expiry, and a count beside it") {
    node.ask("SET k 1");
    VersionVector seen = node.clock();
    const uint64_t until = node.now_ms() + 100'000;
    node.write_elsewhere(kNear, seen, {put_row(row_key("k", RowKind::kKeyExpiry), expiry_payload(until))});
    node.pass(1);
    node.write_elsewhere(kFar, seen, {put_key("k", value_payload("5", node.now_ms() + 300))});
    node.pass(400);
    Edit increment =
        put_row(row_key("k", RowKind::kRegister), encode_payload(next_increment({}, {}, {}, 1, until)));
    increment.replaces.emplace();
    seen.raise({kNear, {1}});
    node.write_elsewhere(kNear, seen, {increment});
    REQUIRE(node.ask("GET k") == "1");
    node.ask(touch);
    CHECK(node.ask("GET k") == "1");
  }
  SECTION("a member that was added by a clock far ahead") {
    node.pass(3'600'000);
    node.ask("SET other 1");  // from here on what this node writes is dated an hour ahead
    node.turn_back(3'600'000);
    node.ask("SADD k stays");
    node.ask("PEXPIRE k 100000");
    node.ask("PEXPIRE k 300");
    node.ask("SADD k ends");
    node.write_elsewhere(
        kFar, node.clock(),
        {put_row(row_key("k", RowKind::kKeyExpiry), expiry_payload(node.now_ms() + 200'000, node.now_ms()))});
    node.write_elsewhere(kFar, node.clock(),
                         {put_row(row_key("k", RowKind::kSetMember, "new"), member_payload())});
    node.pass(400);
    const std::string before = node.ask("SMEMBERS k");
    REQUIRE(before.find("ends") == std::string::npos);
    node.ask(touch);
    CHECK(node.ask("SMEMBERS k") == before);
  }
}

TEST_CASE("an expiry whose hash is gone is not a key, and does not reach the next one") {
  SingleNode node;
  node.ask("HSET h f v");
  const VersionVector seen = node.clock();
  node.ask("DEL h");
  node.write_elsewhere(
      ActorId{99}, seen,
      {{Edit::Scope::kRow, row_key("h", RowKind::kKeyExpiry), expiry_payload(node.now_ms() + 50), {}}});
  CHECK(node.ask("EXISTS h") == ":0");
  CHECK(node.ask("HSET h f w") == ":1");
  CHECK(node.ask("TTL h") == ":-1");
}

TEST_CASE("EXPIRE's conditions and refusals are Redis's") {
  SingleNode node;
  node.ask("SET k v");
  CHECK(node.ask("EXPIRE k 10 XX") == ":0");
  CHECK(node.ask("EXPIRE k 10 GT") == ":0");
  CHECK(node.ask("EXPIRE k 10 LT") == ":1");
  CHECK(node.ask("EXPIRE k 20 NX") == ":0");
  CHECK(node.ask("EXPIRE k 20 LT") == ":0");
  CHECK(node.ask("EXPIRE k 20 XX GT") == ":1");
  CHECK(node.ask("TTL k") == ":20");
  CHECK(node.ask("EXPIRE k 10 foo") == "-ERR Unsupported option foo");
  CHECK(node.ask("EXPIRE k 10 NX XX") ==
        "-ERR NX and XX, GT or LT options at the same time are not compatible");
  CHECK(node.ask("EXPIRE k 10 GT LT") == "-ERR GT and LT options at the same time are not compatible");
  CHECK(node.ask("EXPIRE k x") == "-ERR value is not an integer or out of range");
  CHECK(node.ask("EXPIRE k 9223372036854775807") == "-ERR invalid expire time in 'expire' command");
  CHECK(node.ask("EXPIRE k -1") == ":1");
  CHECK(node.ask("EXISTS k") == ":0");
}

TEST_CASE("of rows of several kinds the latest written gives the type") {
  SingleNode node;
  node.ask("SET k v");
  const VersionVector seen;
  const auto field = [](const std::string& name) {
    return Edit{Edit::Scope::kRow, row_key("k", RowKind::kHashField, name), value_payload("w"), {}};
  };
  const Edit member{Edit::Scope::kRow, row_key("k", RowKind::kSetMember, "m"), member_payload(), {}};
  node.write_elsewhere(ActorId{98}, seen, {field("f")}, 1000);
  CHECK(node.ask("TYPE k") == "hash");
  CHECK(node.ask("GET k") == "-WRONGTYPE Operation against a key holding the wrong kind of value");
  CHECK(node.ask("HGETALL k") == "[f w]");
  node.write_elsewhere(ActorId{99}, seen, {member}, 2000);
  CHECK(node.ask("TYPE k") == "set");
  CHECK(node.ask("SMEMBERS k") == "[m]");
  SECTION("and SET, DEL and an emptied set take away all of them") {
    CHECK(node.ask("SREM k m") == ":1");
    CHECK(node.ask("EXISTS k") == ":0");
    CHECK(node.ask("DBSIZE") == ":0");
  }
  SECTION("however many fields there are beside a set") {
    std::vector<Edit> edits;
    for (int i = 0; i < 100; ++i) edits.push_back(field("g" + std::to_string(i)));
    node.write_elsewhere(ActorId{97}, seen, edits);
    CHECK(node.ask("TYPE k") == "set");
  }
  SECTION("however many fields there are beside a string") {
    std::vector<Edit> edits;
    for (int i = 0; i < 100; ++i) edits.push_back(field("f" + std::to_string(i)));
    node.ask("DEL k");
    node.ask("SET k v");
    node.write_elsewhere(ActorId{98}, seen, edits);
    CHECK(node.ask("TYPE k") == "string");
    node.write_elsewhere(ActorId{98}, seen, edits, 5000);
    CHECK(node.ask("TYPE k") == "hash");
    CHECK(node.ask("HLEN k") == ":100");
  }
}

TEST_CASE("a key whose newest write has expired shows nothing older") {
  SingleNode node;
  node.write_elsewhere(ActorId{98}, {}, {{Edit::Scope::kKey, key_prefix("k"), value_payload("old"), {}}});
  node.write_elsewhere(ActorId{99}, {},
                       {{Edit::Scope::kKey, key_prefix("k"), value_payload("new", node.now_ms() + 10), {}}},
                       1);
  CHECK(node.ask("GET k") == "new");
  node.pass(10);
  CHECK(node.ask("GET k") == "nil");
}

TEST_CASE("a scan sees every key, and pages of it any connection may ask for") {
  SingleNode node;
  std::set<std::string> keys;
  for (int i = 0; i < 500; ++i) {
    keys.insert("key:" + std::to_string(i));
    node.ask("SET key:" + std::to_string(i) + " v");
    if (i == 250) node.merge();
  }
  node.ask("SET gone v PX 1");
  node.pass(1);
  std::set<std::string> seen;
  std::string cursor = "0";
  int pages = 0;
  do {
    const RespValue page = node.reply("SCAN " + cursor + " COUNT 20");
    cursor = page.items.at(0).text;
    for (const RespValue& key : page.items.at(1).items) seen.insert(key.text);
    REQUIRE(++pages < 200);
  } while (cursor != "0");
  CHECK(seen == keys);
}

TEST_CASE("scans are narrowed by pattern and type") {
  SingleNode node;
  node.ask("MSET user:1 a user:2 b other c");
  node.ask("HSET user:h f v");
  CHECK(node.reply("SCAN 0 COUNT 100 MATCH user:*").items.at(1).items.size() == 3);
  CHECK(node.ask("SCAN 0 COUNT 100 TYPE hash") == "[0 [user:h]]");
  CHECK(node.ask("SCAN 0 COUNT 100 MATCH o?her") == "[0 [other]]");
  CHECK(node.ask("KEYS *:[12]") != "[]");
  CHECK(node.reply("KEYS user:*").items.size() == 3);
  CHECK(node.ask("SCAN x") == "-ERR invalid cursor");
  CHECK(node.ask("SCAN 0 COUNT 0") == "-ERR syntax error");
  CHECK(node.ask("SCAN 0 COUNT x") == "-ERR value is not an integer or out of range");
  CHECK(node.ask("SCAN 0 MATCH") == "-ERR syntax error");
  CHECK(node.ask("SCAN 12345 COUNT 100").starts_with("-ERR this node does not hold the cursor 12345"));
}

TEST_CASE("a slow scan is remembered beside a fast one, and each scan's latest two cursors") {
  ScanCursors cursors;
  const uint64_t slow = cursors.remember(1000, "slow", 0);
  uint64_t fast = 0, before = 0;
  for (size_t i = 0; i < 10 * ScanCursors::kScansMax; ++i) {
    before = fast;
    fast = cursors.remember(1000, std::to_string(i), fast);
  }
  CHECK(cursors.find(slow) == "slow");
  CHECK(cursors.find(fast) == std::to_string(10 * ScanCursors::kScansMax - 1));
  CHECK(cursors.find(before) == std::to_string(10 * ScanCursors::kScansMax - 2));
  CHECK_FALSE(cursors.find(before - 1));
  CHECK(cursors.remember(1000, "again", before) != fast);  // its reply was lost
  CHECK(cursors.find(before));
}

TEST_CASE("of scans under way only the latest are remembered") {
  ScanCursors cursors;
  const uint64_t first = cursors.remember(1000, "a", 0);
  for (size_t i = 0; i < 2 * ScanCursors::kScansMax - 1; ++i) cursors.remember(1000, "b", 0);
  CHECK(cursors.find(first) == "a");
  const uint64_t last = cursors.remember(1000, "c", 0);
  CHECK_FALSE(cursors.find(first));
  CHECK(cursors.find(last) == "c");
}
