#include "node/setup/descriptors.h"

#include <catch2/catch.hpp>

using namespace tutti;

TEST_CASE("descriptors: nobody's share takes another's") {
  for (const uint64_t limit : {512ull, 1024ull, 4096ull, 65536ull, 1ull << 20, 1ull << 40}) {
    INFO(limit);
    const auto shared = share_descriptors(limit);
    REQUIRE(shared);
    CHECK(shared->clients + shared->members + shared->store + 176 <= limit);
    CHECK(shared->clients >= 100);
    CHECK(shared->store >= 100);
    CHECK(shared->members >= 80);
  }
}

TEST_CASE("descriptors: too few are refused in words") {
  const auto refused = share_descriptors(256);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("256") && Catch::Contains("ulimit -n"));
}
