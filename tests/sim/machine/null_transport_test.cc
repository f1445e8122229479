#include "sim/machine/null_transport.h"

#include <array>
#include <catch2/catch.hpp>
#include <deque>
#include <map>

using namespace tutti;
using namespace tutti::sim;
using namespace std::chrono_literals;

namespace {

// Two transports and the wires between them, a step each way of `flight`. Never loses anything.
class Wires {
 public:
  explicit Wires(Duration flight) : flight_(flight) {
    for (size_t i = 0; i < 2; ++i) transports_.push_back(std::make_unique<NullTransport>(id(i), 1));
  }

  static NodeId id(size_t i) {
    NodeId made;
    made.bytes[0] = static_cast<uint8_t>(i + 1);
    return made;
  }
  void wish(size_t i, bool keep_stream) {
    transports_[i]->set_peer(now(), {id(1 - i), {}, {}, keep_stream});
    collect(i);
  }
  void restart(size_t i) {  // its power was cut: the other side hears nothing
    transports_[i] = std::make_unique<NullTransport>(id(i), ++boots_);
    wires_[i].clear();
    flying_.clear();
  }
  bool connected(size_t i) const { return transports_[i]->has_stream(id(1 - i)); }
  size_t open_wires(size_t i) const { return wires_[i].size(); }
  size_t dials() const { return dials_; }
  std::vector<std::string> received(size_t i) { return std::exchange(received_[i], {}); }
  bool send(size_t i, ByteView message) {
    const bool sent = transports_[i]->send_stream(now(), id(1 - i), message);
    collect(i);
    return sent;
  }

  void run(Duration length) {
    for (const Duration end = elapsed_ + length; elapsed_ < end;) {
      elapsed_ += 10ms;
      while (!flying_.empty() && flying_.front().at <= elapsed_) {
        auto arrive = std::move(flying_.front().arrive);
        flying_.pop_front();
        arrive();
      }
      for (size_t i = 0; i < 2; ++i) {
        const auto due = transports_[i]->next_deadline();
        if (due && *due <= now().mono) transports_[i]->handle_timeout(now()), collect(i);
      }
    }
  }

 private:
  struct Flying {
    Duration at;
    std::function<void()> arrive;
  };
  Now now() const { return {Instant(elapsed_), {}}; }
  void fly(std::function<void()> arrive) { flying_.push_back({elapsed_ + flight_, std::move(arrive)}); }
  void tell(size_t i, const std::function<void(NullTransport&)>& what) {
    what(*transports_[i]);
    collect(i);
  }
  void collect(size_t i) {
    while (const auto output = transports_[i]->poll_output()) {
      if (const auto* open = std::get_if<Transport::OpenStream>(&*output)) connect(i, open->stream);
      if (const auto* sent = std::get_if<Transport::SendStream>(&*output))
        carry(i, sent->stream, sent->bytes);
      if (const auto* closed = std::get_if<Transport::CloseStream>(&*output)) cut(i, closed->stream);
      if (const auto* got = std::get_if<Transport::Received>(&*output)) received_[i].push_back(got->message);
    }
  }
  void connect(size_t i, StreamId mine) {
    ++dials_;
    const StreamId theirs{(uint64_t{1} << 63) | ++accepted_};
    fly([=, this] {
      wires_[i][mine] = theirs;
      wires_[1 - i][theirs] = mine;
      tell(1 - i, [&](NullTransport& t) { t.handle_stream_opened(now(), theirs, {}); });
      fly([=, this] { tell(i, [&](NullTransport& t) { t.handle_stream_opened(now(), mine, {}); }); });
    });
  }
  void carry(size_t i, StreamId mine, const std::string& bytes) {
    const auto wire = wires_[i].find(mine);
    if (wire == wires_[i].end()) return;
    fly([=, this, theirs = wire->second] {
      tell(1 - i, [&](NullTransport& t) { t.handle_stream(now(), theirs, bytes); });
    });
  }
  void cut(size_t i, StreamId mine) {
    const auto wire = wires_[i].find(mine);
    if (wire == wires_[i].end()) return;
    const StreamId theirs = wire->second;
    wires_[i].erase(wire);
    fly([=, this] {
      wires_[1 - i].erase(theirs);
      tell(1 - i, [&](NullTransport& t) { t.handle_stream_closed(now(), theirs); });
    });
  }

  Duration flight_;
  Duration elapsed_ = 1s;
  std::vector<std::unique_ptr<NullTransport>> transports_;
  std::array<std::map<StreamId, StreamId>, 2> wires_;
  std::array<std::vector<std::string>, 2> received_;
  std::deque<Flying> flying_;
  uint64_t accepted_ = 0, boots_ = 1;
  size_t dials_ = 0;
};

}  // namespace

TEST_CASE("a stream comes up where one side alone wishes it, whichever") {
  for (const size_t wishes : {0u, 1u}) {
    Wires wires(50ms);
    wires.wish(wishes, true);
    wires.wish(1 - wishes, false);
    wires.run(3s);
    CHECK(wires.connected(0));
    CHECK(wires.connected(1));
    CHECK(wires.dials() == 1);
    CHECK(wires.send(0, "hello"));
    wires.run(1s);
    CHECK(wires.received(1) == std::vector<std::string>{"hello"});
  }
}

TEST_CASE("where both wish it the smaller id dials") {
  Wires wires(50ms);
  wires.wish(0, true);
  wires.wish(1, true);
  wires.run(10s);
  CHECK(wires.dials() == 1);
  CHECK(wires.connected(0));
  CHECK(wires.connected(1));
}

TEST_CASE("of two streams dialled at the same time both sides keep the same one") {
  Wires wires(600ms);  // so long that the greater id loses patience
  wires.wish(0, true);
  wires.wish(1, true);
  wires.run(20s);
  CHECK(wires.dials() >= 2);
  CHECK(wires.connected(0));
  CHECK(wires.connected(1));
  CHECK(wires.open_wires(0) == 1);
  CHECK(wires.open_wires(1) == 1);
  CHECK(wires.send(1, "hello"));
  wires.run(2s);
  CHECK(wires.received(0) == std::vector<std::string>{"hello"});
}

TEST_CASE("a stream no longer wished is closed by the side that dialled it, and only by that") {
  Wires wires(50ms);
  wires.wish(0, true);
  wires.wish(1, false);
  wires.run(2s);
  wires.wish(1, false);
  wires.run(2s);
  CHECK(wires.connected(0));
  wires.wish(0, false);
  wires.run(5s);
  CHECK_FALSE(wires.connected(0));
  CHECK_FALSE(wires.connected(1));
  CHECK(wires.dials() == 1);
}

TEST_CASE("a peer started anew is taken at its word though its old stream seems to stand") {
  Wires wires(50ms);
  wires.wish(0, true);
  wires.wish(1, true);
  wires.run(2s);
  REQUIRE(wires.connected(0));
  wires.restart(1);
  wires.wish(1, true);  // the greater id dials, after its wait
  wires.run(5s);
  CHECK(wires.connected(0));
  CHECK(wires.connected(1));
  CHECK(wires.send(0, "hello"));
  wires.run(1s);
  CHECK(wires.received(1) == std::vector<std::string>{"hello"});
}
