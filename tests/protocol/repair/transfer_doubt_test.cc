#include "protocol/repair/transfer_doubt.h"

#include <catch2/catch.hpp>

using namespace tutti;

namespace {

const NodeId kA{{1}}, kB{{2}};

Now at(int seconds) { return {Instant(std::chrono::seconds(seconds)), {}}; }

}  // namespace

TEST_CASE("a join is doubted that deletes more rows than both bounds", "[transfer_doubt]") {
  const auto believes = [](uint64_t deletes, uint64_t rows) {
    return TransferDoubt({100, 0.1}).believes(at(0), {kA, deletes, rows});
  };
  CHECK(believes(0, 0));
  CHECK(believes(100, 100));
  CHECK(believes(101, 1010));
  CHECK_FALSE(believes(101, 1009));
  CHECK_FALSE(believes(500, 500));
}

TEST_CASE("what a second source says too is believed", "[transfer_doubt]") {
  TransferDoubt doubt({100, 0.1});
  REQUIRE_FALSE(doubt.believes(at(0), {kA, 500, 500}));
  REQUIRE(doubt.waiting());
  CHECK(doubt.waiting()->source == kA);
  CHECK_FALSE(doubt.may_ask(at(59), kA));
  CHECK(doubt.may_ask(at(0), kB));
  CHECK(doubt.may_ask(at(60), kA));
  CHECK_FALSE(doubt.believes(at(60), {kA, 500, 500}));
  CHECK(doubt.believes(at(61), {kB, 499, 500}));
  doubt.joined();
  CHECK_FALSE(doubt.waiting());
  CHECK_FALSE(doubt.believes(at(62), {kB, 400, 500}));
}

TEST_CASE("an operator's word decides, and may be changed", "[transfer_doubt]") {
  TransferDoubt doubt({100, 0.1});
  CHECK(doubt.decide(true).error().code == ErrorCode::kRefused);
  REQUIRE_FALSE(doubt.believes(at(0), {kA, 500, 500}));
  REQUIRE(doubt.decide(false));
  CHECK(doubt.denied());
  CHECK_FALSE(doubt.may_ask(at(1000), kA));
  CHECK_FALSE(doubt.believes(at(1000), {kB, 500, 500}));  // a second one is not enough any more
  REQUIRE(doubt.decide(true));
  CHECK(doubt.may_ask(at(1000), kA));
  CHECK(doubt.believes(at(1001), {kA, 500, 500}));
}
