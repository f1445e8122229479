#include "sim/machine/sim_node.h"

// What the network brings: each in a turn of its own, once the process comes to it.
namespace tutti::sim {
namespace {

constexpr uint64_t kAcceptedStream = 1ull << 63;

}  // namespace

void SimNode::datagram(const Address& from, ByteView bytes) {
  machine_.arrive(bytes.size(), [this, from, bytes = std::string(bytes)] {
    turn("datagram", bytes, [&](const Now& now) { replica().handle_datagram(now, from, bytes); });
  });
}

StreamId SimNode::accept() { return StreamId{kAcceptedStream | ++machine_.last_accepted}; }

void SimNode::stream_opened(StreamId stream, const Address& peer) {
  machine_.arrive(0, [this, stream, peer] {
    turn("stream opened", {}, [&](const Now& now) { replica().handle_stream_opened(now, stream, peer); });
  });
}

void SimNode::stream_bytes(StreamId stream, ByteView bytes) {
  machine_.arrive(0, [this, stream, bytes = std::string(bytes)] {
    turn("stream", bytes, [&](const Now& now) { replica().handle_stream(now, stream, bytes); });
  });
}

void SimNode::stream_drained(StreamId stream, size_t bytes) {
  machine_.arrive(0, [this, stream, bytes] {
    turn("drained", {}, [&](const Now& now) { replica().handle_stream_drained(now, stream, bytes); });
  });
}

void SimNode::stream_closed(StreamId stream) {
  machine_.arrive(0, [this, stream] {
    turn("stream closed", {}, [&](const Now& now) { replica().handle_stream_closed(now, stream); });
  });
}

}  // namespace tutti::sim
