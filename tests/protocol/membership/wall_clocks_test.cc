#include "protocol/membership/wall_clocks.h"

#include <catch2/catch.hpp>

using namespace tutti;
using namespace std::chrono_literals;

namespace {

constexpr int64_t kStartMs = 1'700'000'000'000;

NodeId id(uint8_t first) { return NodeId{{first}}; }

// A node whose wall clock is `ahead` of true time, and peers.
struct Watch {
  WallClocks clocks;
  Now now{Instant(1h), WallTime(std::chrono::milliseconds(kStartMs))};
  int64_t ahead_ms = 0;

  void jump(int64_t ms) {
    ahead_ms += ms;
    now.wall += std::chrono::milliseconds(ms);
  }
  void pass(std::chrono::milliseconds time) {
    now.mono += time;
    now.wall += time;
  }
  void hear(uint8_t peer, int64_t peer_ahead_ms = 0) {
    const auto true_ms = static_cast<int64_t>(now.wall_ms()) - ahead_ms;
    clocks.heard(now, id(peer), static_cast<uint64_t>(true_ms + peer_ahead_ms - 20), 40ms);
  }
};

}  // namespace

TEST_CASE("a clock that is ahead of the median of its peers is in doubt, and goes by theirs", "[clocks]") {
  Watch node;
  node.jump(7'200'000);
  node.hear(2);
  node.hear(3);
  CHECK(node.clocks.in_doubt(node.now));
  CHECK(node.clocks.ahead_ms(node.now) == 7'200'000);
  node.pass(1s);
  CHECK(node.clocks.fair(node.now) == WallTime(std::chrono::milliseconds(kStartMs + 1000)));
}

TEST_CASE("a jump shows at once, before any peer is heard again", "[clocks]") {
  Watch node;
  node.hear(2);
  node.pass(1s);
  CHECK_FALSE(node.clocks.in_doubt(node.now));
  node.jump(60'000);
  CHECK(node.clocks.in_doubt(node.now));
  node.jump(-60'000);
  CHECK_FALSE(node.clocks.in_doubt(node.now));
}

TEST_CASE("a clock that is a little ahead, or behind, is not in doubt", "[clocks]") {
  Watch node;
  node.jump(GENERATE(int64_t{5000}, int64_t{-7'200'000}));
  node.hear(2);
  node.hear(3);
  CHECK_FALSE(node.clocks.in_doubt(node.now));
  CHECK(node.clocks.fair(node.now) == node.now.wall);
}

TEST_CASE("one peer with a wrong clock puts nobody in doubt, and is told by all", "[clocks]") {
  Watch node;
  const int64_t wrong = GENERATE(int64_t{7'200'000}, int64_t{-7'200'000});
  node.hear(2, wrong);
  node.hear(3);
  CHECK_FALSE(node.clocks.in_doubt(node.now));
  CHECK(node.clocks.peer_ahead_ms(node.now, id(2)) == wrong);
  CHECK(node.clocks.peer_ahead_ms(node.now, id(3)).value() <= 0);
}

TEST_CASE("a lone node is not in doubt, and one that has peers waits for them a while", "[clocks]") {
  Watch node;
  const bool peers = GENERATE(true, false);
  node.clocks.start(node.now);
  node.jump(7'200'000);
  CHECK_FALSE(node.clocks.in_doubt(node.now));
  CHECK(node.clocks.waits(node.now, peers) == peers);
  SECTION("until one is heard") { node.hear(2, 7'200'000); }
  SECTION("or the time is over") { node.pass(10s); }
  CHECK_FALSE(node.clocks.waits(node.now, peers));
}

TEST_CASE("a peer that is forgotten no longer counts", "[clocks]") {
  Watch node;
  node.hear(2, -60'000);
  CHECK(node.clocks.in_doubt(node.now));
  node.clocks.forget(id(2));
  CHECK_FALSE(node.clocks.in_doubt(node.now));
  CHECK_FALSE(node.clocks.ahead_ms(node.now));
}
