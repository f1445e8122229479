#include "sim/network/streams.h"

#include <catch2/catch.hpp>
#include <string>

#include "sim/network/network.h"

using namespace tutti;
using namespace tutti::sim;

namespace {

constexpr Duration kTimeout = std::chrono::seconds(5);

// Writes down what it is told.
struct Listener final : Endpoint {
  bool up() const override { return is_up; }
  void datagram(const Address&, ByteView bytes) override { datagrams.emplace_back(bytes); }
  StreamId accept() override { return accepted = StreamId{1ull << 63}; }
  void stream_opened(StreamId, const Address&) override { ++opened; }
  void stream_bytes(StreamId, ByteView bytes) override { received.append(bytes); }
  void stream_drained(StreamId, size_t bytes) override { drained += bytes; }
  void stream_closed(StreamId) override { ++closed; }

  bool is_up = true;
  StreamId accepted{};
  int opened = 0, closed = 0;
  size_t drained = 0;
  std::string received;
  std::vector<std::string> datagrams;
};

struct Pair {
  EventQueue queue;
  Links links{2, LinkMap(LinkQuality{.loss = 0.3, .reorder = 0.5}), SeededRandom(1, "network")};
  Disturbances disturbances{queue, SeededRandom(1, "disturbances")};
  Recorder nobody;
  Network network{queue, links, disturbances, kTimeout, nobody};
  Listener a, b;
  StreamId stream{1};

  Pair() {
    network.attach(a);
    network.attach(b);
  }
  void run(Duration time) {
    bool over = false;
    queue.after(time, [&] { over = true; });
    while (!over && queue.step()) {
    }
  }
  void connect() {
    network.streams().open(0, stream, 1);
    run(std::chrono::seconds(2));
  }
};

}  // namespace

TEST_CASE("a stream brings everything in order, however packets fare") {
  Pair pair;
  pair.connect();
  REQUIRE((pair.a.opened == 1 && pair.b.opened == 1));
  std::string sent;
  for (int i = 0; i < 200; ++i) {
    sent += std::to_string(i) + " ";
    pair.network.streams().send(0, pair.stream, std::to_string(i) + " ");
  }
  pair.run(std::chrono::seconds(60));
  CHECK(pair.b.received == sent);
}

TEST_CASE("the kernel takes no more than its buffer, and says when it takes the rest") {
  Pair pair;
  pair.connect();
  const size_t size = 1 << 20;
  const size_t taken = pair.network.streams().send(0, pair.stream, std::string(size, 'x'));
  CHECK(taken < size);
  pair.run(std::chrono::seconds(10));
  CHECK(taken + pair.a.drained == size);
}

TEST_CASE("a blocked link stalls a stream, and breaks it for both after the timeout") {
  Pair pair;
  pair.connect();
  pair.links.block(0, 1);
  pair.network.streams().send(0, pair.stream, "late");
  pair.run(kTimeout / 2);
  CHECK(pair.b.received.empty());
  SECTION("healed in time, it goes on") {
    pair.links.unblock(0, 1);
    pair.run(kTimeout);
    CHECK(pair.b.received == "late");
    CHECK((pair.a.closed == 0 && pair.b.closed == 0));
  }
  SECTION("else both hear of it") {
    pair.run(2 * kTimeout);
    CHECK((pair.a.closed == 1 && pair.b.closed == 1));
    CHECK(pair.b.received.empty());
  }
}

TEST_CASE("closing tells the peer behind all that was sent") {
  Pair pair;
  pair.connect();
  pair.network.streams().send(0, pair.stream, "last words");
  pair.network.streams().close(0, pair.stream);
  pair.run(std::chrono::seconds(10));
  CHECK(pair.b.received == "last words");
  CHECK((pair.a.closed == 0 && pair.b.closed == 1));
  CHECK(pair.network.streams().connections() == 0);
}

TEST_CASE("a dial to a machine that is down fails, and a killed process resets its streams") {
  Pair pair;
  pair.connect();
  pair.network.streams().node_gone(1, true);
  pair.b.is_up = false;
  pair.run(std::chrono::seconds(1));
  CHECK((pair.a.closed == 1 && pair.b.closed == 0));
  pair.network.streams().open(0, StreamId{2}, 1);
  pair.run(std::chrono::seconds(10));
  CHECK(pair.a.closed == 2);
  CHECK(pair.a.opened == 1);
}
