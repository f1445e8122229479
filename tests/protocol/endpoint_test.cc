#include "protocol/endpoint.h"

#include <catch2/catch.hpp>

using namespace tutti;

TEST_CASE("an endpoint is an address or a name, with a port", "[endpoint]") {
  const auto numeric = parse_endpoint("[::1]:4400");
  REQUIRE(numeric);
  CHECK(numeric->address == parse_address("[::1]:4400").value());
  CHECK(numeric->host.empty());
  const auto named = parse_endpoint("node-b.example:4401");
  REQUIRE(named);
  CHECK(named->host == "node-b.example");
  CHECK(named->port == 4401);
  CHECK_FALSE(named->address);
}

TEST_CASE("what is no endpoint is refused with what to write instead", "[endpoint]") {
  for (const std::string text : {"", "node", ":4400", "node:", "node:x", "node:65536", "a b:1",
                                 "http://node:1", "[node]:1", "no\nde:1"}) {
    INFO(text);
    const auto endpoint = parse_endpoint(text);
    REQUIRE_FALSE(endpoint);
    CHECK(endpoint.error().message.find("write a host and a port") != std::string::npos);
  }
  CHECK_FALSE(parse_endpoint(std::string(Endpoint::kTextBytesMax, 'a') + ":1"));
}
