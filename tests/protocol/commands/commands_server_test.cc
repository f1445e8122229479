#include <catch2/catch.hpp>

#include "protocol/commands/command_table.h"
#include "protocol/commands/glob.h"
#include "tests/protocol/commands/single_node.h"

using namespace tutti;

TEST_CASE("everything is deleted in one operation") {
  SingleNode node;
  node.ask("MSET a 1 b 2");
  node.ask("HSET h f v");
  const uint64_t before = node.operations();
  CHECK(node.ask("FLUSHALL") == "OK");
  CHECK(node.operations() == before + 1);
  CHECK(node.ask("DBSIZE") == ":0");
  CHECK(node.ask("EXISTS a b h") == ":0");
  CHECK(node.ask("FLUSHDB async") == "OK");
  CHECK(node.ask("FLUSHALL x") == "-ERR syntax error");
}

TEST_CASE("settings are read by pattern, and durability is set") {
  SingleNode node;
  CHECK(node.ask("CONFIG GET save") == "[save ]");
  CHECK(node.ask("CONFIG GET SAVE databases nope") == "[databases 1 save ]");
  CHECK(node.ask("CONFIG GET append*") == "[appendfsync always appendonly yes]");
  CHECK(node.ask("CONFIG GET nope") == "[]");
  CHECK(node.ask("CONFIG SET durability interval") == "OK");
  CHECK(node.ask("CONFIG GET durability appendfsync") == "[appendfsync everysec durability interval]");
  CHECK(node.durability() == Durability::kInterval);
  CHECK(node.ask("CONFIG SET durability never").starts_with("-ERR CONFIG SET failed"));
  CHECK(node.ask("CONFIG SET foo bar") ==
        "-ERR Unknown option or number of arguments for CONFIG SET - 'foo'");
  CHECK(node.ask("CONFIG SET databases 3") ==
        "-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config");
  CHECK(node.ask("CONFIG SET foo") == "-ERR wrong number of arguments for 'config|set' command");
  CHECK(node.ask("CONFIG foo") == "-ERR unknown subcommand 'foo'. Try CONFIG HELP.");
}

TEST_CASE("INFO has sections, the host's lines among them") {
  SingleNode node;
  node.pass(5000);
  const std::string all = node.reply("INFO").text;
  CHECK(all.find("# Server\r\nredis_version:7.0.15\r\n") == 0);
  CHECK(all.find("uptime_in_seconds:5\r\n") != std::string::npos);
  CHECK(node.reply("INFO stats").text == "# Stats\r\npulls:3\r\n");
  CHECK(node.reply("INFO STATS keyspace").text == "# Stats\r\npulls:3\r\n\r\n# Keyspace\r\n");
  CHECK(node.reply("INFO everything").text == all);
  CHECK(node.line("INFO nope") == "$0\r\n\r\n");
  node.ask("SET k v");
  node.merge();
  CHECK(node.reply("INFO keyspace").text == "# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n");
  node.ask("HELLO 3");
  CHECK(node.line("INFO stats").starts_with("=22\r\ntxt:# Stats\r\n"));
}

TEST_CASE("the time is the node's") {
  SingleNode node;
  node.pass(7);
  CHECK(node.ask("TIME") == "[1700000000 7000]");
}

TEST_CASE("commands are described as they run") {
  SingleNode node;
  CHECK(node.ask("COMMAND COUNT") == ":" + std::to_string(command_table().size()));
  CHECK(node.reply("COMMAND").items.size() == command_table().size());
  const RespValue get = node.reply("COMMAND INFO GET nope").items.at(0);
  CHECK(SingleNode::shown(get) == "[get :2 [readonly fast] :1 :1 :1 [@read @string @fast] [] [] []]");
  CHECK(node.reply("COMMAND INFO GET nope").items.at(1).is_null());
  const RespValue docs = node.reply("COMMAND DOCS get");
  CHECK(docs.find("get")->find("group")->text == "string");
  CHECK(node.reply("COMMAND LIST").items.size() == command_table().size());
  CHECK(node.ask("COMMAND foo") == "-ERR unknown subcommand 'foo'. Try COMMAND HELP.");
}

TEST_CASE("every command is found in any case, and with the fewest arguments it takes answers once") {
  for (const CommandEntry& spec : command_table()) {
    INFO(spec.name);
    std::string upper(spec.name);
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    CHECK(find_command(upper) == &spec);
    for (const char* hello : {"HELLO 2", "HELLO 3"}) {
      SingleNode node;
      node.ask(hello);
      const auto least = static_cast<size_t>(std::abs(spec.arity));
      std::vector<std::string> args(least, "1");
      args[0] = upper;
      const std::string reply = node.raw(args);
      if (!node.deferred()) SingleNode::decoded(reply);
      if (least > 1) {
        args.pop_back();
        CHECK(node.raw(args).starts_with("-ERR wrong number of arguments for '"));
      }
    }
  }
  CHECK(find_command("") == nullptr);
  CHECK(find_command("getx") == nullptr);
}

TEST_CASE("tutti's own commands") {
  SingleNode node;
  node.ask("SET k v");
  const RespValue status = node.reply("TUTTI.STATUS");
  CHECK(status.find("cluster")->text == "c1");
  CHECK(status.find("name")->text == "one");
  CHECK(status.find("members_alive")->integer == 1);
  CHECK(status.find("trouble")->text.empty());
  CHECK(node.reply("TUTTI.MEMBERS").items.at(0).find("state")->text == "self");
  const RespValue clock = node.reply("TUTTI.CLOCK");
  CHECK(clock.find("hash")->text == status.find("clock")->text);
  CHECK(SingleNode::shown(*clock.find("actors")) == "[0000000000000007 :1]");
  CHECK(node.ask("TUTTI.INVITE") == "token-3600000-replica");
  CHECK(node.ask("TUTTI.INVITE 60 Observer") == "token-60000-observer");
  CHECK(node.ask("TUTTI.INVITE 0") == "-ERR a token lasts between 1 second and 30 days");
  CHECK(node.ask("TUTTI.INVITE 60 king") == "-ERR a role is replica, observer or operator");
}

TEST_CASE("a transfer that waits for a decision is told, and gets one") {
  SingleNode node;
  CHECK_FALSE(node.reply("TUTTI.TRANSFER").find("waiting")->integer);
  CHECK(node.ask("TUTTI.TRANSFER ALLOW") == "-ERR no transfer waits for a decision");
  CHECK(node.ask("TUTTI.TRANSFER maybe") == "-ERR say allow or deny");
  node.doubted = DoubtedTransfer{"cello", 300, 400, false};
  const RespValue waiting = node.reply("TUTTI.TRANSFER");
  CHECK(waiting.find("source")->text == "cello");
  CHECK(waiting.find("deletes")->integer == 300);
  CHECK(waiting.find("rows")->integer == 400);
  CHECK(node.ask("TUTTI.TRANSFER deny") == "OK");
  CHECK(node.doubted->denied);
}

TEST_CASE("what must wait for a merge or for peers is deferred, and answered later") {
  SingleNode node;
  CHECK(node.line("TUTTI.FINGERPRINT").empty());
  CHECK(std::holds_alternative<FingerprintRequest>(node.deferred().value()));
  CHECK(node.line("TUTTI.VERIFY").empty());
  CHECK(std::holds_alternative<VerifyRequest>(node.deferred().value()));
  std::string out;
  RespWriter writer(out, 3);
  const VerifyAnswer answer{
      .agree = true,
      .nodes = {{.node = "one", .id = {}, .clock_hash = {}, .fingerprint = {}, .keys = 3}},
      .silent = {"two"}};
  reply_deferred(answer, writer);
  const RespValue verify = SingleNode::decoded(out);
  CHECK(verify.find("agree")->integer == 1);
  CHECK(verify.find("nodes")->items.at(0).find("keys")->integer == 3);
  CHECK(verify.find("silent")->items.at(0).text == "two");
}

TEST_CASE("patterns match as Redis's do") {
  CHECK(glob_match("*", ""));
  CHECK(glob_match("h?llo", "hello"));
  CHECK(glob_match("h[ae]llo", "hallo"));
  CHECK_FALSE(glob_match("h[^e]llo", "hello"));
  CHECK(glob_match("h[a-c]*", "hbxyz"));
  CHECK(glob_match("h[c-a]*", "hbxyz"));
  CHECK(glob_match("\\*", "*"));
  CHECK_FALSE(glob_match("\\*", "x"));
  CHECK(glob_match("*a*b*", "xxaxxbxx"));
  CHECK_FALSE(glob_match("*a*b", "xxaxxbxx"));
  CHECK_FALSE(glob_match("abc", "ab"));
  CHECK(glob_match("[abc", "b"));
  CHECK(glob_match("AB*", "abx", true));
  CHECK(glob_literal_beginning("user:*") == "user:");
  // Would take for ever if every star were tried again.
  std::string stars;
  for (int i = 0; i < 50; ++i) stars += "a*";
  CHECK_FALSE(glob_match(stars + "b", std::string(5000, 'a')));
}
