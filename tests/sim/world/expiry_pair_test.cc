#include <catch2/catch.hpp>
#include <sstream>

#include "protocol/commands/command.h"
#include "protocol/resp/resp_reply.h"
#include "protocol/resp/resp_writer.h"
#include "tests/sim/world/replica_pair.h"

using namespace tutti;
using tutti::sim::ReplicaPair;

// Two nodes that do not hear each other, and commands that concern when a key expires: what both show once they have
// met again. README.md, "What happens when two nodes write the same key", has the rules as a table.

namespace {

struct Expiring {
  ReplicaPair pair{1};

  Expiring() {
    REQUIRE(pair.until([&] { return pair[0].transport->has_stream(NodeId{{2}}); }, 2000));
  }

  // The reply as text; an aggregate's items in order.
  std::string ask(size_t i, const std::string& line) {
    std::istringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    const std::vector<ByteView> args(words.begin(), words.end());
    std::string out;
    RespWriter writer(out);
    Client client;
    client.authenticated = true;
    const Now now = pair.now();
    CommandCall call{pair[i].replica->keys(), pair[i].replica->admin(), now, client, args, writer};
    call.reading.tier = Tier::kAny;
    execute(call, {});
    (void)pair.until([] { return false; }, 1);
    RespReplyReader reader;
    reader.feed(out);
    return text(**reader.next());
  }
  static std::string text(const RespValue& value) {
    if (value.is_null()) return "nil";
    if (value.kind == RespValue::Kind::kInteger) return std::to_string(value.integer);
    if (!value.is_aggregate()) return value.text;
    std::string all;
    for (const RespValue& item : value.items) all += (all.empty() ? "" : " ") + text(item);
    return all;
  }

  void pass(int ms) {
    (void)pair.until([] { return false; }, ms);
  }
  void meet() {
    pair.join();
    REQUIRE(pair.settle(20'000));
  }
  void apart(const std::string& first, const std::string& second) {
    REQUIRE(pair.settle(5000));
    pair.cut();
    for (const auto& [i, commands] : {std::pair{0, first}, {1, second}}) {
      std::istringstream lines(commands);
      for (std::string line; std::getline(lines, line, ';');) {
        pass(1);
        ask(static_cast<size_t>(i), line);
      }
    }
  }
  // What both show, once it is the same.
  std::string both(const std::string& line) {
    const std::string a = ask(0, line), b = ask(1, line);
    REQUIRE(a == b);
    return a;
  }
  // -1: never; else in seconds.
  std::string ttl() { return both("TTL k"); }
  size_t rows() {
    size_t rows = 0;
    for (size_t i = 0; i < 2; ++i) {
      REQUIRE(pair[i].database->read_key(key_prefix("k"),
                                         [&](const RowKeyParts&, const Lives&) { return ++rows > 0; }));
    }
    return rows;
  }
};

}  // namespace

TEST_CASE("beside a SET, an EXPIRE holds if it is the later one", "[expiry]") {
  Expiring nodes;
  nodes.ask(0, "SET k old");
  SECTION("SET later") {
    nodes.apart("EXPIRE k 100", "SET k new");
    nodes.meet();
    CHECK(nodes.both("GET k") == "new");
    CHECK(nodes.ttl() == "-1");
  }
  SECTION("EXPIRE later") {
    nodes.apart("SET k new", "EXPIRE k 100");
    nodes.meet();
    CHECK(nodes.both("GET k") == "new");
    CHECK(nodes.ttl() == "100");
  }
}

TEST_CASE("a touch does not bring back what a DEL removed", "[expiry]") {
  Expiring nodes;
  const std::string make = GENERATE("SET k v", "INCR k", "HSET k f v", "SADD k m");
  const std::string touch = GENERATE("EXPIRE k 5", "PERSIST k", "GETEX k EX 5");
  nodes.ask(0, make);
  nodes.ask(0, "EXPIRE k 50");
  nodes.apart("DEL k", touch);
  nodes.meet();
  CHECK(nodes.both("EXISTS k") == "0");
  // What is written anew does not expire.
  nodes.ask(1, make);
  REQUIRE(nodes.pair.settle(5000));
  CHECK(nodes.ttl() == "-1");
}

TEST_CASE("increments beside a touch all count", "[expiry]") {
  Expiring nodes;
  nodes.ask(0, "INCRBY k 10");
  nodes.apart("INCR k;EXPIRE k 100", "INCR k;INCR k;EXPIRE k 200");
  nodes.meet();
  CHECK(nodes.both("GET k") == "13");
  CHECK(nodes.ttl() == "200");
}

TEST_CASE("fields and members beside an EXPIRE are kept, under the key's expiry", "[expiry]") {
  Expiring nodes;
  SECTION("fields") {
    nodes.ask(0, "HSET k f 1");
    nodes.apart("EXPIRE k 100", "HSET k g 2");
    nodes.meet();
    CHECK(nodes.both("HLEN k") == "2");
  }
  SECTION("members") {
    nodes.ask(0, "SADD k f");
    nodes.apart("SADD k g", "EXPIRE k 100");
    nodes.meet();
    CHECK(nodes.both("SCARD k") == "2");
  }
  CHECK(nodes.ttl() == "100");
  nodes.pass(101'000);
  CHECK(nodes.both("EXISTS k") == "0");
  CHECK(nodes.rows() == 0);
}

TEST_CASE("of two expiries the longer life counts", "[expiry]") {
  Expiring nodes;
  const std::string make = GENERATE("SET k v", "INCR k", "HSET k f v", "SADD k m");
  nodes.ask(0, make);
  SECTION("EXPIRE beside EXPIRE") {
    nodes.apart("EXPIRE k 200", "EXPIRE k 100");
    nodes.meet();
    CHECK(nodes.ttl() == "200");
  }
  SECTION("PERSIST beside EXPIRE") {
    nodes.ask(0, "EXPIRE k 50");
    nodes.apart("PERSIST k", "EXPIRE k 100");
    nodes.meet();
    CHECK(nodes.ttl() == "-1");
  }
}

TEST_CASE("a longer life heard of after the reaper has come saves the key", "[expiry]") {
  Expiring nodes;
  const std::string make = GENERATE("SET k 7", "INCRBY k 7", "HSET k f 7", "HINCRBY k f 7", "SADD k 7");
  const std::string touch = GENERATE("EXPIRE k 600", "PERSIST k");
  const bool ours = GENERATE(true, false);  // whoever wrote it reaps it
  nodes.ask(ours ? 0 : 1, make);
  REQUIRE(nodes.pair.settle(5000));
  nodes.ask(0, "PEXPIRE k 1500");
  nodes.apart("", touch);
  nodes.pass(3000);
  CHECK(nodes.ask(0, "EXISTS k") == "0");
  CHECK(nodes.ask(1, "EXISTS k") == "1");
  nodes.meet();
  CHECK(nodes.both("EXISTS k") == "1");
  CHECK(nodes.ttl() == (touch == "PERSIST k" ? "-1" : nodes.ask(1, "TTL k")));
  if (make.starts_with("H")) CHECK(nodes.both("HGET k f") == "7");
  if (make.starts_with("SADD")) CHECK(nodes.both("SMEMBERS k") == "7");
  if (make == "SET k 7" || make.starts_with("INCR")) CHECK(nodes.both("GET k") == "7");
  // A counter goes on, and ends once.
  if (make.starts_with("INCR")) {
    nodes.ask(0, "INCR k");
    REQUIRE(nodes.pair.settle(5000));
    CHECK(nodes.both("GET k") == "8");
  }
}

TEST_CASE("what was counted meanwhile counts once, when a reaper had taken the beginning", "[expiry]") {
  Expiring nodes;
  nodes.ask(1, "INCRBY k 7");
  REQUIRE(nodes.pair.settle(5000));
  nodes.ask(0, "PEXPIRE k 1500");
  nodes.apart("", "PERSIST k;INCR k");
  nodes.pass(3000);
  nodes.meet();
  CHECK(nodes.both("GET k") == "8");
}

TEST_CASE("what is saved stays older than what was set anew meanwhile", "[expiry]") {
  Expiring nodes;
  nodes.ask(0, "SET k old PX 1500");
  nodes.apart("", "EXPIRE k 600");
  nodes.pass(3000);
  nodes.ask(0, "SET k new");
  nodes.meet();
  CHECK(nodes.both("GET k") == "new");
  CHECK(nodes.ttl() == "-1");
}

TEST_CASE("a counter that was set anew or prolonged while another counted stays beyond the former end",
          "[expiry]") {
  Expiring nodes;
  nodes.ask(0, "SET k 10 PX 2000");
  const std::string touch = GENERATE("EXPIRE k 1000", "PERSIST k", "SET k 10");
  nodes.apart(touch, "INCR k");
  nodes.meet();
  CHECK(nodes.both("GET k") == "11");
  nodes.pass(70'000);
  CHECK(nodes.both("GET k") == "11");
}

TEST_CASE("rows of a type that was hidden do not show when what hid them expires", "[expiry]") {
  Expiring nodes;
  nodes.apart("HSET k f v", "SET k v PX 1500");
  nodes.meet();
  CHECK(nodes.both("TYPE k") == "string");
  nodes.pass(3000);
  CHECK(nodes.both("TYPE k") == "none");
  CHECK(nodes.rows() == 0);
}

TEST_CASE("SADD of a member that is there wins over a concurrent SREM", "[expiry]") {
  Expiring nodes;
  nodes.ask(0, "SADD k m n");
  nodes.apart("SREM k m", "SADD k m");
  nodes.meet();
  CHECK(nodes.both("SISMEMBER k m") == "1");
}

TEST_CASE("a reaper's author that was started anew still saves what it had prolonged", "[expiry]") {
  Expiring nodes;
  nodes.ask(0, "SET k v PX 3000");
  nodes.apart("", "PERSIST k");
  nodes.pass(600);  // it is in the log
  nodes.pair.restart(1);
  CHECK(nodes.ask(1, "TTL k") == "-1");
  nodes.pass(5000);
  CHECK(nodes.ask(0, "EXISTS k") == "0");
  nodes.meet();
  CHECK(nodes.both("GET k") == "v");
}
