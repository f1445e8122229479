#include <catch2/catch.hpp>

#include "tests/protocol/commands/single_node.h"

using namespace tutti;

TEST_CASE("greetings") {
  SingleNode node;
  CHECK(node.line("PING") == "+PONG\r\n");
  CHECK(node.line("ping hi") == "$2\r\nhi\r\n");
  CHECK(node.ask("PING a b") == "-ERR wrong number of arguments for 'ping' command");
  CHECK(node.ask("ECHO hi") == "hi");
  CHECK(node.ask("SELECT 0") == "OK");
  CHECK(node.ask("SELECT 1") == "-ERR DB index is out of range");
  CHECK(node.ask("SELECT x") == "-ERR value is not an integer or out of range");
  CHECK(node.line("HELLO 3").starts_with("%7\r\n$6\r\nserver\r\n"));
  CHECK(node.client().protocol == 3);
  CHECK(node.line("RESET") == "+RESET\r\n");
  CHECK(node.client().protocol == 2);
  CHECK(node.line("HELLO").starts_with("*14\r\n"));
  CHECK(node.ask("HELLO 4") == "-NOPROTO unsupported protocol version");
  CHECK(node.ask("HELLO x") == "-ERR Protocol version is not an integer or out of range");
  CHECK(node.ask("HELLO 3 foo") == "-ERR Syntax error in HELLO option 'foo'");
  CHECK(node.ask("QUIT") == "OK");
  CHECK(node.client().closing);
}

TEST_CASE("what is not known is answered in Redis's words") {
  SingleNode node;
  CHECK(node.ask("FOO") == "-ERR unknown command 'FOO', with args beginning with: ");
  CHECK(node.ask("FOO a b") == "-ERR unknown command 'FOO', with args beginning with: 'a' 'b' ");
  CHECK(node.raw({"F\r\nO", std::string(200, 'a'), "b"}) ==
        "-ERR unknown command 'F  O', with args beginning with: '" + std::string(128, 'a') + "' \r\n");
  CHECK(node.ask("GET") == "-ERR wrong number of arguments for 'get' command");
  CHECK(node.ask("CLIENT") == "-ERR wrong number of arguments for 'client' command");
  CHECK(node.ask("CLIENT foo") == "-ERR unknown subcommand 'foo'. Try CLIENT HELP.");
  CHECK(node.ask("CLIENT SETNAME") == "-ERR wrong number of arguments for 'client|setname' command");
  CHECK(node.raw({std::string(100, 'x')}).starts_with("-ERR unknown command"));
}

TEST_CASE("a browser's request ends the connection") {
  SingleNode node;
  node.ask("POST / HTTP/1.1");
  CHECK(node.client().closing);
}

TEST_CASE("a stranger may do nothing before the password") {
  SingleNode node;
  node.demand_password("secret");
  CHECK(node.ask("GET k") == "-NOAUTH Authentication required.");
  CHECK(node.ask("PING") == "-NOAUTH Authentication required.");
  CHECK(node.ask("FOO").starts_with("-ERR unknown command"));
  CHECK(node.ask("HELLO 3").starts_with("-NOAUTH HELLO must be called"));
  for (const char* request : {"AUTH secre", "AUTH secrett", "AUTH other secret", "HELLO 3 AUTH default x"}) {
    CHECK(node.ask(request) == "-WRONGPASS invalid username-password pair or user is disabled.");
  }
  CHECK(node.raw({"AUTH", ""}).starts_with("-WRONGPASS"));
  CHECK(node.ask("AUTH a b c") == "-ERR syntax error");
  CHECK(node.client().protocol == 2);
  SECTION("AUTH") { CHECK(node.ask("AUTH secret") == "OK"); }
  SECTION("AUTH with the user's name") { CHECK(node.ask("AUTH default secret") == "OK"); }
  SECTION("HELLO") { CHECK(node.line("HELLO 3 AUTH default secret SETNAME me").starts_with("%7")); }
  CHECK(node.ask("GET k") == "nil");
  CHECK(node.ask("RESET") == "RESET");
  CHECK(node.ask("GET k") == "-NOAUTH Authentication required.");
}

TEST_CASE("a password where none is demanded is a mistake") {
  SingleNode node;
  CHECK(node.ask("AUTH x").starts_with("-ERR AUTH <password> called without any password configured"));
  CHECK(node.ask("AUTH default x") == "OK");
  CHECK(node.ask("AUTH other x").starts_with("-WRONGPASS"));
}

TEST_CASE("connections are named") {
  SingleNode node;
  CHECK(node.ask("CLIENT GETNAME") == "nil");
  CHECK(node.ask("CLIENT SETNAME me") == "OK");
  CHECK(node.ask("CLIENT GETNAME") == "me");
  CHECK(node.raw({"CLIENT", "SETNAME", "a b"}) ==
        "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
  CHECK(node.ask("CLIENT SETINFO lib-name redis-py") == "OK");
  CHECK(node.ask("CLIENT SETINFO LIB-VER 5.0") == "OK");
  CHECK(node.ask("CLIENT SETINFO foo x") == "-ERR Unrecognized option 'foo'");
  CHECK(node.ask("CLIENT ID") == ":1");
  CHECK(node.ask("CLIENT INFO") ==
        "id=1 addr=127.0.0.1:9 name=me db=0 user=default resp=2 lib-name=redis-py lib-ver=5.0\n");
  CHECK(node.ask("CLIENT LIST").starts_with("id=1 "));
  CHECK(node.ask("CLIENT NO-EVICT ON") == "OK");
  CHECK(node.ask("CLIENT NO-EVICT x") == "-ERR syntax error");
}
