#include "protocol/delivery/broadcast.h"

#include <catch2/catch.hpp>
#include <random>

#include "storage/model/operation_codec.h"
#include "storage/model/payload.h"
#include "storage/model/row_key.h"
#include "tests/protocol/messages/recording_transport.h"
#include "tests/storage/memory_database.h"

using namespace tutti;
using namespace std::chrono_literals;

namespace {

using Channel = Transport::Channel;
using Origin = Turn::Origin;

const NodeId kOne = node_id(1);
const NodeId kTwo = node_id(2);
const NodeId kThree = node_id(3);

struct Pushing {
  RecordingTransport transport;
  Messenger messenger{transport};
  MemoryDatabase data;
  ClockBases bases{{32}, MemoryDatabase::kKey, data.db->clock(), messenger};
  Broadcast broadcast;
  Now now{Instant(1h), {}};
  uint64_t written = 0;
  VersionVector past;

  explicit Pushing(size_t backlog_bytes_max = 1000) : broadcast({backlog_bytes_max}, bases, messenger) {}

  void up(const NodeId& peer) {
    transport.connect(peer);
    broadcast.stream_up(now, peer);
    broadcast.resume(peer);
  }
  // The next operations of one actor, which has heard anew of `past_actors` others.
  std::vector<Operation> operations(size_t count, size_t value_bytes = 10, size_t past_actors = 2) {
    for (size_t actor = 0; actor < past_actors; ++actor)
      past.raise({ActorId{100 + actor}, Counter{1 + written}});
    const auto shared = std::make_shared<const VersionVector>(past);
    std::vector<Operation> batch;
    for (; count > 0; --count) {
      batch.push_back(
          {{ActorId{7}, Counter{++written}},
           Hlc{written},
           shared,
           {{Edit::Scope::kKey, key_prefix("k"), value_payload(std::string(value_bytes, 'v')), {}}}});
    }
    return batch;
  }
  // As written here.
  void push(std::span<const Operation> batch) { push(batch, std::vector(batch.size(), Origin::kWritten)); }
  void push(std::span<const Operation> batch, std::vector<Origin> origins,
            std::optional<NodeId> pushed_by = {}, bool by_several = false) {
    broadcast.committed(now, Turn{std::move(origins), batch, pushed_by, by_several});
  }
  uint64_t suspensions() const {
    uint64_t count = 0;
    broadcast.metrics([&](ByteView, ByteView name, uint64_t value) {
      if (name == "push_suspensions") count = value;
    });
    return count;
  }
  std::vector<NodeId> receivers() {
    std::vector<NodeId> all;
    for (const auto& message : sent()) all.push_back(message.first);
    return all;
  }
  std::vector<std::pair<NodeId, Channel>> sent() {
    std::vector<std::pair<NodeId, Channel>> all;
    for (const auto& message : transport.sent) all.emplace_back(message.to, message.channel);
    transport.sent.clear();
    return all;
  }
};

// What a push brings to the one it was sent to.
std::vector<Operation> received(const RecordingTransport::Sent& sent) {
  const auto push = RecordingTransport::decoded<PushMessage>(sent);
  CHECK(push.base == 0);
  auto operations = decode_operations({}, push.batch);
  REQUIRE(operations);
  return *std::move(operations);
}

bool same(const Operation& a, const Operation& b) {
  return a.dot == b.dot && a.hlc == b.hlc && *a.past == *b.past && a.edits == b.edits;
}

}  // namespace

TEST_CASE("what is written goes at once to every peer that may be pushed to", "[broadcast]") {
  Pushing node;
  for (const NodeId& peer : {kOne, kTwo, kThree}) node.up(peer);
  node.push(node.operations(2));
  CHECK(node.receivers() == std::vector{kOne, kTwo, kThree});
}

TEST_CASE("what one peer pushed goes to the others, and back to it only where others added to it",
          "[broadcast]") {
  Pushing node;
  for (const NodeId& peer : {kOne, kTwo, kThree}) node.up(peer);
  const auto batch = node.operations(2);
  node.push(batch, {Origin::kRelayed, Origin::kRelayed}, kTwo);
  CHECK(node.receivers() == std::vector{kOne, kThree});
  node.push(batch, {Origin::kRelayed, Origin::kTaken}, kTwo);
  CHECK(node.receivers() == std::vector{kOne, kThree});
  node.push(batch, {Origin::kRelayed, Origin::kWritten}, kTwo);
  CHECK(node.receivers() == std::vector{kOne, kTwo, kThree});
  node.push(batch, {Origin::kRelayed, Origin::kRelayed}, kTwo, true);
  CHECK(node.receivers() == std::vector{kOne, kTwo, kThree});
}

TEST_CASE("what came otherwise goes on by pulling alone", "[broadcast]") {
  Pushing node;
  node.up(kOne);
  const auto batch = node.operations(3);
  node.push(batch, std::vector(3, Origin::kTaken));
  CHECK(node.transport.sent.empty());
  node.push(batch, {Origin::kWritten, Origin::kTaken, Origin::kRelayed}, kTwo);
  const auto pushed = received(node.transport.take());
  REQUIRE(pushed.size() == 2);
  CHECK(same(pushed[0], batch[0]));
  CHECK(same(pushed[1], batch[2]));
}

TEST_CASE("nothing is pushed to a peer before it is known to have all that was before", "[broadcast]") {
  Pushing node;
  node.push(node.operations(1));  // to nobody
  node.transport.connect(kOne);
  node.broadcast.stream_up(node.now, kOne);
  node.push(node.operations(1));
  CHECK(node.sent().empty());
  node.broadcast.resume(kOne);
  node.push(node.operations(1));
  CHECK(node.sent().size() == 1);
  SECTION("a new stream begins anew") { node.broadcast.stream_up(node.now, kOne); }
  SECTION("without a stream there is no peer") { node.broadcast.stream_down(node.now, kOne); }
  node.push(node.operations(1));
  CHECK(node.sent().empty());
}

TEST_CASE("a small push goes by datagram, a large one and one without a session by stream", "[broadcast]") {
  Pushing node;
  node.up(kOne);
  node.push(node.operations(1));
  CHECK(node.sent() == std::vector{std::pair(kOne, Channel::kDatagram)});
  node.push(node.operations(1, Transport::kDatagramMessageBytesMax));
  CHECK(node.sent() == std::vector{std::pair(kOne, Channel::kStream)});
  node.now.mono += 1s;
  node.transport.sessions.clear();
  node.push(node.operations(1));
  CHECK(node.sent() == std::vector{std::pair(kOne, Channel::kStream)});
}

TEST_CASE("after a push by stream small ones follow it there for a while, so that none overtakes it",
          "[broadcast]") {
  Pushing node;
  node.up(kOne);
  node.up(kTwo);
  node.transport.sessions.erase(kTwo);
  node.push(node.operations(1, 5000));
  node.sent();
  for (int i = 0; i < 10; ++i) {
    node.now.mono += 40ms;
    node.push(node.operations(1));
    CHECK(node.sent().front() == std::pair(kOne, Channel::kStream));
  }
  node.now.mono += 51ms;
  node.push(node.operations(1));
  CHECK(node.sent().front() == std::pair(kOne, Channel::kDatagram));
}

TEST_CASE("a peer that takes too slowly gets none until it has caught up, and costs no memory",
          "[broadcast]") {
  Pushing node(1000);
  node.up(kOne);
  node.up(kTwo);
  node.transport.backlog[kOne] = 1000;
  node.push(node.operations(1, 5000));
  CHECK(node.sent().size() == 2);
  CHECK(node.suspensions() == 0);
  node.transport.backlog[kOne] = 1001;
  node.push(node.operations(1, 5000));
  CHECK(node.sent() == std::vector{std::pair(kTwo, Channel::kStream)});
  CHECK(node.suspensions() == 1);
  // Not even once the backlog is gone: something before is missing there.
  node.transport.backlog[kOne] = 0;
  node.push(node.operations(1, 5000));
  CHECK(node.sent() == std::vector{std::pair(kTwo, Channel::kStream)});
  node.broadcast.resume(kOne);
  node.push(node.operations(1, 5000));
  CHECK(node.sent().size() == 2);
  CHECK(node.suspensions() == 1);
}

TEST_CASE("a push that nothing can carry is lost, and no suspension", "[broadcast]") {
  Pushing node;
  node.broadcast.stream_up(node.now, kOne);
  node.broadcast.resume(kOne);
  node.push(node.operations(1));
  CHECK(node.sent().empty());
  CHECK(node.suspensions() == 0);
}

TEST_CASE(
    "every operation arrives as it was written, once and in order, however large the batch and the pasts",
    "[broadcast]") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    Pushing node(1u << 30);
    node.up(kOne);
    if (random() % 3 == 0) node.transport.sessions.clear();
    for (int turn = 0; turn < 30; ++turn) {
      if (random() % 10 == 0) {  // the stream breaks: both sides begin anew
        node.up(kOne);
      }
      node.now.mono += std::chrono::milliseconds(random() % 100);
      std::vector<Operation> batch;
      for (uint64_t runs = 1 + random() % 3; runs > 0; --runs) {
        for (Operation& op :
             node.operations(1 + random() % 10, random() % 3000, 1 + random() % (turn < 10 ? 16 : 30)))
          batch.push_back(std::move(op));
      }
      node.push(batch);
      std::vector<Operation> arrived;
      while (!node.transport.sent.empty()) {
        const auto sent = node.transport.take();
        for (Operation& op : received(sent)) arrived.push_back(std::move(op));
      }
      REQUIRE(std::ranges::equal(arrived, batch, same));
    }
  }
}

TEST_CASE("one push carries 4096 operations at most", "[broadcast]") {
  Pushing node(1u << 30);
  node.up(kOne);
  const auto batch = node.operations(2 * 4096 + 1, 1);
  node.push(batch);
  REQUIRE(node.transport.sent.size() == 3);
  CHECK(received(node.transport.sent[0]).size() == 4096);
  CHECK(received(node.transport.sent[1]).size() == 4096);
  CHECK(received(node.transport.sent[2]).size() == 1);
}

TEST_CASE("one push carries a MiB at most, but for an operation that is larger by itself", "[broadcast]") {
  Pushing node(1u << 30);
  node.up(kOne);
  node.push(node.operations(30, 100'000));
  CHECK(node.transport.sent.size() == 3);
  for (const auto& sent : node.transport.sent) CHECK(sent.bytes.size() <= 1u << 20);
  node.transport.sent.clear();
  node.push(node.operations(2, 3u << 20));
  CHECK(node.transport.sent.size() == 2);
}
