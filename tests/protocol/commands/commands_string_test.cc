#include <catch2/catch.hpp>

#include "tests/protocol/commands/single_node.h"

using namespace tutti;

TEST_CASE("strings are set, read and taken away") {
  SingleNode node;
  CHECK(node.ask("GET k") == "nil");
  CHECK(node.ask("SET k v") == "OK");
  CHECK(node.ask("get k") == "v");
  CHECK(node.ask("SET k w GET") == "v");
  CHECK(node.ask("GETSET k x") == "w");
  CHECK(node.ask("GETDEL k") == "x");
  CHECK(node.ask("GETDEL k") == "nil");
  CHECK(node.raw({"SET", std::string("\0k", 2), std::string("a\r\nb")}) == "+OK\r\n");
  CHECK(node.raw({"GET", std::string("\0k", 2)}) == "$4\r\na\r\nb\r\n");
  CHECK(node.raw({"SET", "", ""}) == "+OK\r\n");
  CHECK(node.raw({"GET", ""}) == "$0\r\n\r\n");
}

TEST_CASE("SET without options reads nothing and is one operation") {
  SingleNode node;
  node.ask("HSET k f v");
  const uint64_t before = node.operations();
  CHECK(node.ask("SET k v") == "OK");
  CHECK(node.operations() == before + 1);
  CHECK(node.ask("TYPE k") == "string");
}

TEST_CASE("many keys are written in one operation, of a repeated one the last value counts") {
  SingleNode node;
  CHECK(node.ask("MSET a 1 b 2 a 3") == "OK");
  CHECK(node.operations() == 1);
  CHECK(node.ask("MGET a b c") == "[3 2 nil]");
  node.ask("SADD s m");
  CHECK(node.ask("MGET s a") == "[nil 3]");
  CHECK(node.ask("MSET a 1 b") == "-ERR wrong number of arguments for 'mset' command");
}

TEST_CASE("SET's options are Redis's") {
  SingleNode node;
  CHECK(node.ask("SET k v EX 10") == "OK");
  CHECK(node.ask("TTL k") == ":10");
  CHECK(node.ask("SET k w KEEPTTL") == "OK");
  CHECK(node.ask("PTTL k") == ":10000");
  CHECK(node.ask("SET k w") == "OK");
  CHECK(node.ask("TTL k") == ":-1");
  CHECK(node.ask("SET k v PX 10 EX 10") == "-ERR syntax error");
  CHECK(node.ask("SET k v KEEPTTL EX 10") == "-ERR syntax error");
  CHECK(node.ask("SET k v EX") == "-ERR syntax error");
  CHECK(node.ask("SET k v EX x") == "-ERR value is not an integer or out of range");
  CHECK(node.ask("SET k v EX 0") == "-ERR invalid expire time in 'set' command");
  CHECK(node.ask("SET k v EX 9223372036854775807") == "-ERR invalid expire time in 'set' command");
  CHECK(node.ask("SETEX k 0 v") == "-ERR invalid expire time in 'setex' command");
  CHECK(node.ask("PSETEX k 50 v") == "OK");
  CHECK(node.ask("PTTL k") == ":50");
  CHECK(node.ask("SET k v EXAT 1") == "OK");
  CHECK(node.ask("GET k") == "nil");
}

TEST_CASE("what needs a coordinator is refused in plain words") {
  SingleNode node;
  for (const char* request : {"SET k v NX", "SET k v XX", "SETNX k v", "MSETNX k v", "WATCH k"}) {
    CHECK(node.ask(request).find("needs a coordinator") != std::string::npos);
  }
  CHECK(node.ask("SET k v NX XX") == "-ERR syntax error");
  CHECK(node.operations() == 0);
}

TEST_CASE("APPEND keeps the expiry, and mints nothing where nothing changes") {
  SingleNode node;
  CHECK(node.ask("APPEND k ab") == ":2");
  node.ask("EXPIRE k 100");
  CHECK(node.ask("APPEND k cd") == ":4");
  CHECK(node.ask("TTL k") == ":100");
  CHECK(node.ask("STRLEN k") == ":4");
  const uint64_t before = node.operations();
  CHECK(node.raw({"APPEND", "k", ""}) == ":4\r\n");
  CHECK(node.operations() == before);
}

TEST_CASE("a key of another type is refused, and left as it is") {
  SingleNode node;
  node.ask("SADD s m");
  const uint64_t before = node.operations();
  for (const char* request :
       {"GET s", "GETSET s v", "GETDEL s", "SET s v GET", "STRLEN s", "APPEND s v", "INCR s"}) {
    CHECK(node.ask(request) == "-WRONGTYPE Operation against a key holding the wrong kind of value");
  }
  CHECK(node.operations() == before);
}

TEST_CASE("keys, fields and members beyond their bound are refused before anything is taken") {
  SingleNode node;
  const std::string longest(65536, 'k');
  CHECK(node.raw({"SET", longest, "v"}) == "+OK\r\n");
  CHECK(node.raw({"GET", longest}) == "$1\r\nv\r\n");
  const uint64_t before = node.operations();
  CHECK(node.raw({"SET", longest + "k", "v"}) == "-ERR a key may hold 65536 bytes at most\r\n");
  CHECK(node.raw({"MSET", "a", "1", longest + "k", "v"}) == "-ERR a key may hold 65536 bytes at most\r\n");
  CHECK(node.raw({"GET", longest + "k"}) == "-ERR a key may hold 65536 bytes at most\r\n");
  CHECK(node.raw({"HSET", "h", longest + "k", "v"}) ==
        "-ERR a field or member may hold 65536 bytes at most\r\n");
  CHECK(node.raw({"SADD", "s", "a", longest + "k"}) ==
        "-ERR a field or member may hold 65536 bytes at most\r\n");
  CHECK(node.operations() == before);
}

TEST_CASE("a host that takes no writes says why, and reads go on") {
  SingleNode node;
  node.ask("SET k v");
  node.refuse_writes(Error{ErrorCode::kIo, "the disk is full"});
  CHECK(node.ask("SET k w") == "-MISCONF This node takes no more writes: the disk is full");
  CHECK(node.ask("SET k w GET") == "-MISCONF This node takes no more writes: the disk is full");
  node.refuse_writes(Error{ErrorCode::kRefused, "this node is an observer"});
  CHECK(node.ask("DEL k") == "-READONLY this node is an observer");
  CHECK(node.ask("GET k") == "v");
}
