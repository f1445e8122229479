#pragma once

#include <catch2/catch.hpp>

#include "tests/protocol/session/memory_network.h"

namespace tutti::test {

// Two members of one cluster on a network of their own.
struct Pair {
  TestCluster cluster;
  MemoryNetwork network;
  MemoryNetwork::Host& one;
  MemoryNetwork::Host& two;

  explicit Pair(uint64_t seed = 1)
      : network(seed), one(network.add(1, cluster.member(1))), two(network.add(2, cluster.member(2))) {}

  bool streams_up() const { return one.transport->has_stream(two.id) && two.transport->has_stream(one.id); }
  // Settled: one connection, up at both ends.
  bool settled() const { return streams_up() && network.connections() == 1; }
  bool send_datagram(MemoryNetwork::Host& from, MemoryNetwork::Host& to, ByteView message) {
    const bool sent = from.transport->send_datagram(network.now(), to.id, message);
    network.drain(from);
    return sent;
  }
  bool send_stream(MemoryNetwork::Host& from, MemoryNetwork::Host& to, ByteView message) {
    const bool sent = from.transport->send_stream(network.now(), to.id, message);
    network.drain(from);
    return sent;
  }
  // Tries until a session stands.
  bool datagram_arrives(MemoryNetwork::Host& from, MemoryNetwork::Host& to,
                        Duration limit = std::chrono::seconds(10)) {
    const size_t before = to.received.size();
    const Instant end = network.now().mono + limit;
    while (to.received.size() == before && network.now().mono < end) {
      send_datagram(from, to, "hello");
      network.run(std::chrono::milliseconds(100));
    }
    return to.received.size() > before;
  }
  MemoryNetwork::Host& smaller() { return one.id < two.id ? one : two; }
  MemoryNetwork::Host& greater() { return one.id < two.id ? two : one; }
};

}  // namespace tutti::test
