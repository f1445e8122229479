#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/protocol/repair/repairing.h"

using namespace tutti;
using namespace std::chrono_literals;

namespace {

// Three nodes in a line, by the test's hand: datagrams get lost, streams break, time passes. Never: a message
// on a stream lost while the stream stands.
class Line {
 public:
  explicit Line(uint64_t seed) : random_(seed), nodes_(3) {
    for (size_t i = 0; i + 1 < nodes_.size(); ++i) connect(i, i + 1);
  }

  void step(bool writes) {
    for (size_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i].now.mono += 50ms;
      const auto deadline = nodes_[i].repair.next_deadline();
      if (deadline && *deadline <= nodes_[i].now.mono) nodes_[i].repair.handle_timeout(nodes_[i].now);
      if (writes && random_() % 3 == 0)
        nodes_[i].data.set(ActorId{10 + i}, "k" + std::to_string(random_() % 9), "v");
    }
    for (size_t i = 0; i + 1 < nodes_.size(); ++i) {
      if (writes && random_() % 50 == 0) {
        disconnect(i, i + 1);
        connect(i, i + 1);
      }
      if (random_() % 5 != 0) continue;
      probe(i, i + 1);
      probe(i + 1, i);
    }
    for (size_t i = 0; i < nodes_.size(); ++i) deliver(i);
    for (size_t i = 0; i + 1 < nodes_.size(); ++i) {
      expect_held(i, i + 1);
      expect_held(i + 1, i);
    }
  }
  bool alike() const {
    return std::ranges::all_of(
        nodes_, [&](const Repairing& node) { return node.data.db->clock() == nodes_[0].data.db->clock(); });
  }

 private:
  static NodeId id(size_t node) { return node_id(static_cast<uint8_t>(node)); }

  void connect(size_t a, size_t b) {
    for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) nodes_[from].transport.connect(id(to));
    for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)})
      nodes_[from].repair.stream_up(nodes_[from].now, id(to));
  }
  void disconnect(size_t a, size_t b) {
    for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
      nodes_[from].transport.streams.erase(id(to));
      std::erase_if(nodes_[from].transport.sent, [&](const auto& sent) { return sent.to == id(to); });
      nodes_[from].repair.stream_down(nodes_[from].now, id(to));
    }
  }
  void probe(size_t from, size_t to) {
    if (random_() % 3 == 0) return;
    nodes_[to].repair.probed(nodes_[to].now, id(from), nodes_[from].data.db->clock_hash());
  }
  void deliver(size_t from) {
    for (auto sent = std::exchange(nodes_[from].transport.sent, {}); !sent.empty(); sent.pop_front()) {
      if (sent.front().channel == Transport::Channel::kDatagram && random_() % 3 == 0) continue;
      const auto message = decode_message(sent.front().bytes);
      REQUIRE(message);
      Repairing& node = nodes_[sent.front().to.bytes[0]];
      if (const auto* clock = std::get_if<ClockMessage>(&*message))
        node.repair.told(node.now, id(from), node.bases.resolve(id(from), clock->clock).value(),
                         clock->wants_answer);
      if (const auto* pull = std::get_if<PullMessage>(&*message))
        node.repair.asked(node.now, id(from), pull->id, node.bases.resolve(id(from), pull->clock).value());
      if (const auto* pulled = std::get_if<OperationsMessage>(&*message)) {
        if (const auto* known = node.repair.asked_after(pulled->base)) take(node, *known, pulled->batch);
        node.repair.pulled(node.now, id(from), *pulled);
      }
      REQUIRE_FALSE(node.repair.wants_transfer());
    }
  }
  void take(Repairing& node, const VersionVector& known, ByteView batch) {
    if (batch.empty()) return;
    auto operations = decode_operations(known, batch);
    REQUIRE(operations);
    for (Operation& op : *operations) {
      if (node.data.db->clock().covers(op.dot)) continue;
      REQUIRE(op.ready_at(node.data.db->clock()));
      REQUIRE(node.data.db->apply(std::move(op)));
    }
    REQUIRE(node.data.db->commit());
  }
  // What a node need not keep in its log for its neighbours, they hold.
  void expect_held(size_t at, size_t neighbour) {
    const VersionVector held = nodes_[at].held();
    REQUIRE(nodes_[neighbour].data.db->clock().covers(held));
  }

  std::mt19937_64 random_;
  std::vector<Repairing> nodes_;
};

}  // namespace

TEST_CASE("without a single push all nodes come to hold the same, though words are lost and streams break",
          "[anti_entropy]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Line line(seed);
    for (int step = 0; step < 300; ++step) line.step(true);
    int left = 600;
    while (left > 0 && !line.alike()) {
      line.step(false);
      --left;
    }
    REQUIRE(left > 0);
  }
}
