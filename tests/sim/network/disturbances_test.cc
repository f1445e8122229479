#include "sim/network/disturbances.h"

#include <catch2/catch.hpp>

#include "sim/machine/null_transport.h"

using namespace tutti;
using namespace tutti::sim;

namespace {

struct Traffic {
  EventQueue queue;
  Disturbances disturbances{queue, SeededRandom(1, "disturbances")};
  void run() {
    while (queue.step()) {
    }
  }
};

}  // namespace

TEST_CASE("a clogged link holds what comes and lets it go in order once no clog is left on it") {
  Traffic t;
  t.disturbances.clog(0, 1);
  t.disturbances.clog(0, 1);
  CHECK(!t.disturbances.clogged(1, 0));
  std::string seen;
  t.disturbances.hold(0, 1, [&] { seen += 'a'; });
  t.disturbances.hold(0, 1, [&] { seen += 'b'; });
  t.disturbances.unclog(0, 1);
  t.run();
  CHECK(t.disturbances.clogged(0, 1));
  CHECK(seen.empty());
  t.disturbances.unclog(0, 1);
  t.run();
  CHECK(!t.disturbances.clogged(0, 1));
  CHECK(seen == "ab");
}

TEST_CASE(
    "what leaves by a thin uplink queues behind what left before, and datagrams beyond its queue are lost") {
  Traffic t;
  t.disturbances.limit_uplink(3, 1000);
  CHECK(t.disturbances.leave(3, 500, true) == std::chrono::milliseconds(500));
  CHECK(t.disturbances.leave(3, 500, false) == std::chrono::milliseconds(1000));
  CHECK(t.disturbances.leave(2, 500, true) == Duration(0));
  CHECK(t.disturbances.leave(3, 300'000, false) == std::chrono::milliseconds(301'000));
  CHECK(!t.disturbances.leave(3, 1, true));
  CHECK(t.disturbances.leave(3, 1000, false) == std::chrono::milliseconds(302'000));
  t.disturbances.limit_uplink(3, 0);
  CHECK(t.disturbances.leave(3, 500, true) == Duration(0));
}

TEST_CASE("a datagram altered on its way is dropped, whichever bit it was") {
  NodeId self, peer;
  self.bytes[0] = 1, peer.bytes[0] = 2;
  NullTransport from(self), to(peer);
  const Now now{};
  from.set_peer(now, {.id = peer, .x25519 = {}, .address = {}, .keep_stream = false});
  while (from.poll_output()) {
  }
  REQUIRE(from.send_datagram(now, peer, "a message"));
  const auto output = from.poll_output();
  REQUIRE(output);
  const std::string sent = std::get<Transport::SendDatagram>(*output).bytes;
  for (size_t bit = 0; bit < sent.size() * 8; ++bit) {
    std::string altered = sent;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ 1 << bit % 8);
    to.handle_datagram(now, {}, altered);
    REQUIRE(!to.poll_output());
  }
  to.handle_datagram(now, {}, sent);
  CHECK(to.poll_output());
}

TEST_CASE("corruption alters the share it is told to, and nothing once it is over") {
  Traffic t;
  const std::string sent(100, 'x');
  const auto altered = [&] {
    int count = 0;
    for (int i = 0; i < 1000; ++i) {
      std::string bytes = sent;
      t.disturbances.corrupt(bytes);
      count += bytes != sent;
    }
    return count;
  };
  CHECK(altered() == 0);
  t.disturbances.corrupt(0.3);
  const int count = altered();
  CHECK(count > 200);
  CHECK(count < 400);
  t.disturbances.corrupt(-0.3);
  CHECK(altered() == 0);
  CHECK(t.disturbances.corrupted() >= static_cast<uint64_t>(count));
}
