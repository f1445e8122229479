#pragma once

#include <deque>
#include <map>

#include "protocol/transport.h"

namespace tutti::sim {

// A Transport without cipher, for a simulator that has many nodes to run: a datagram is the sender's id and
// the message; a stream begins with each side's id, then carries frames of a length (4 bytes) and a message.
// One stream per pair of peers, dialled by the smaller id and dialled again with growing patience.
//
// Trusts what it reads: nobody lies on the simulated network.
class NullTransport final : public Transport {
 public:
  explicit NullTransport(const NodeId& self) : self_(self) {}

  void handle_datagram(const Now& now, const Address& from, ByteView bytes) override;
  void handle_stream_opened(const Now& now, StreamId stream, const Address& peer) override;
  void handle_stream(const Now& now, StreamId stream, ByteView bytes) override;
  void handle_stream_closed(const Now& now, StreamId stream) override;
  void handle_stream_drained(const Now& now, StreamId stream, size_t bytes) override;
  void handle_timeout(const Now& now) override;
  std::optional<Instant> next_deadline() const override;

  void set_peer(const Now& now, const Peer& peer) override;
  void forget_peer(const Now& now, const NodeId& id) override;
  bool send_datagram(const Now& now, const NodeId& to, ByteView message) override;
  bool send_stream(const Now& now, const NodeId& to, ByteView message) override;
  size_t stream_backlog_bytes(const NodeId& to) const override;
  bool has_stream(const NodeId& to) const override;
  void answer_join(const Now& now, StreamId stream, ByteView answer) override;

  std::optional<Output> poll_output() override;

 private:
  struct Known {
    Peer peer;
    std::optional<StreamId> dialling;  // opened by us, the peer's id not yet read
    std::optional<StreamId> up;
    Instant dial_at{};
    Duration patience{0};
  };
  struct Stream {
    std::optional<NodeId> peer;  // once its id was read
    std::string unread;
    size_t backlog_bytes = 0;
  };

  bool dials(const Known& known) const { return known.peer.keep_stream && self_ < known.peer.id; }
  void dial(const Now& now, Known& known);
  void retry_later(const Now& now, Known& known);
  void send(StreamId id, std::string bytes);
  void greeted(StreamId id, const NodeId& peer);
  void drop(const Now& now, StreamId id);
  void close(const Now& now, StreamId id);

  NodeId self_;
  std::map<NodeId, Known> peers_;
  std::map<StreamId, Stream> streams_;
  uint64_t last_stream_ = 0;
  std::deque<Output> outputs_;
};

}  // namespace tutti::sim
