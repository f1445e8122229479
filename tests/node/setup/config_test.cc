#include "node/setup/config.h"

#include <catch2/catch.hpp>

using namespace tutti;

namespace {

constexpr char kPath[] = "DIR/tutti.toml";

std::string refusal(const std::string& text) {
  const auto config = parse_config(text, kPath);
  REQUIRE_FALSE(config);
  CHECK(config.error().exit == ExitCode::kUsage);
  return config.error().message;
}

// The smallest file that is whole: four lines.
const std::string kLeast =
    "name = 'a'\nlisten = '127.0.0.1:1'\nresp = '127.0.0.1:2'\ndurability = 'always'\n";

}  // namespace

TEST_CASE("a written configuration reads back the same, whatever its texts hold") {
  Config config;
  config.name = "quote \" backslash \\ line\nend \x01 \xC3\xA4";
  config.listen = "[::1]:4400";
  config.advertise = "192.0.2.1:4400";
  config.password = "# = []'\"";
  config.durability = Durability::kInterval;
  config.memory_bytes = 3ull << 30;
  config.log = "warn";
  const auto read = parse_config(config_text(config), kPath);
  REQUIRE(read);
  CHECK(read->name == config.name);
  CHECK(read->listen == config.listen);
  CHECK(read->advertise == config.advertise);
  CHECK(read->resp == config.resp);
  CHECK(read->http == config.http);
  CHECK(read->password == config.password);
  CHECK(read->durability == config.durability);
  CHECK(read->memory_bytes == config.memory_bytes);
  CHECK(read->log == config.log);
}

TEST_CASE("keys left out that may be are at their defaults") {
  const auto config = parse_config(kLeast, kPath);
  REQUIRE(config);
  CHECK(config->memory_bytes == Config().memory_bytes);
  CHECK(config->password.empty());
}

TEST_CASE("what is wrong is named with its line") {
  CHECK(refusal(kLeast + "colour = 'red'\n").starts_with("DIR/tutti.toml:5: there is no key `colour`"));
  CHECK(refusal("name = 'a'\n").starts_with("DIR/tutti.toml:2: `listen` is missing"));
  CHECK(refusal(kLeast + "\nmemory = 512\n").starts_with("DIR/tutti.toml:6: `memory` must be a text"));
  CHECK(refusal(kLeast + "memory = '15MiB'\n").starts_with("DIR/tutti.toml:5: `memory` must be a size"));
  CHECK(refusal(kLeast + "memory = '99999999999GiB'\n").starts_with("DIR/tutti.toml:5: `memory`"));
  CHECK(refusal(kLeast + "log = 'loud'\n").starts_with("DIR/tutti.toml:5: `log` must be"));
  CHECK(refusal(kLeast + "= 1\n").starts_with("DIR/tutti.toml:5:"));
}

TEST_CASE("a door that others can reach needs a password") {
  Config config;
  config.name = "a";
  CHECK(check_config(config));
  config.resp = "0.0.0.0:4401";
  CHECK_FALSE(check_config(config));
  config.password = "sesame";
  CHECK(check_config(config));
  config.password.clear();
  config.resp = "[::1]:4401";
  CHECK(check_config(config));
  config.http = "192.0.2.1:4402";
  CHECK_FALSE(check_config(config));
}

TEST_CASE("addresses that are none are refused") {
  Config config;
  config.name = "a";
  for (const char* bad : {"", "4400", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", ":4400", "[::1:4400"}) {
    config.listen = bad;
    CHECK_FALSE(check_config(config));
  }
  config.listen = "0.0.0.0:4400";
  config.advertise = "0.0.0.0:4400";
  CHECK_FALSE(check_config(config));
}
