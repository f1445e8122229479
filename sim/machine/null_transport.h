#pragma once

#include <deque>
#include <unordered_map>

#include "protocol/deadlines.h"
#include "protocol/transport.h"

namespace tutti::sim {

// A Transport without cipher, for a simulator that has many nodes to run: a datagram is the sender's id, the
// message and their checksum (4 bytes; where it does not fit, the datagram is dropped); a stream begins with
// each side's id and boot, then carries frames of a length (4 bytes) and a message.
//
// One stream per pair of peers. A node that wants one dials, and dials again after growing waits; the node
// with the greater id waits before it dials at all. Where both have dialled, the stream of the smaller id
// stays.
//
// Trusts what it reads: nobody lies on the simulated network.
class NullTransport final : public Transport {
 public:
  // The node with the greater id dials after this long without a stream.
  static constexpr Duration kGreaterIdWaits = std::chrono::seconds(1);
  // Two streams up within this long were dialled at the same time; later, the new one shows that the peer
  // lost the old.
  static constexpr Duration kSimultaneous = std::chrono::seconds(10);

  // `boot`: greater at every start of this node's process.
  explicit NullTransport(const NodeId& self, uint64_t boot = 0) : self_(self), boot_(boot) {}

  void handle_datagram(const Now& now, const Address& from, ByteView bytes) override;
  void handle_stream_opened(const Now& now, StreamId stream, const Address& peer) override;
  void handle_stream(const Now& now, StreamId stream, ByteView bytes) override;
  void handle_stream_closed(const Now& now, StreamId stream) override;
  void handle_stream_drained(const Now& now, StreamId stream, size_t bytes) override;
  void handle_timeout(const Now& now) override;
  std::optional<Instant> next_deadline() const override { return dials_.next(); }

  void set_peer(const Now& now, const Peer& peer) override;
  void forget_peer(const Now& now, const NodeId& id) override;
  bool send_datagram(const Now& now, const NodeId& to, ByteView message) override;
  bool send_stream(const Now& now, const NodeId& to, ByteView message) override;
  size_t stream_backlog_bytes(const NodeId& to) const override;
  bool has_stream(const NodeId& to) const override;
  std::optional<Address> address_of(const NodeId& id) const override;
  void greet(const Now& now, const Address& at) override;
  void answer_join(const Now& now, StreamId stream, ByteView answer) override;

  std::optional<Output> poll_output() override;

 private:
  struct Known {
    Peer peer;
    std::optional<Address> learned;    // where its last datagram came from
    std::optional<StreamId> dialling;  // opened by us, the peer's greeting not yet read
    std::optional<StreamId> up;
    Duration patience{0};

    const Address& address() const { return learned ? *learned : peer.address; }
  };
  struct Stream {
    std::optional<NodeId> dialled;  // whom we dialled; empty: they dialled us
    std::optional<NodeId> peer;     // once its greeting was read
    uint64_t boot = 0;              // the peer's
    Instant since{};
    std::string unread;
    size_t backlog_bytes = 0;
    std::optional<Greeted> greets{};  // what it has come to; says nothing itself
  };

  void dial(Known& known);
  void plan_dial(const Now& now, Known& known);
  void send(StreamId id, std::string bytes);
  std::string greeting() const;
  void meet(const Now& now, StreamId id, Stream& stream);
  bool greeted(const Now& now, StreamId id, const NodeId& peer, uint64_t boot);  // false: not kept
  bool keeps(const Now& now, const Stream& old, const Stream& fresh) const;
  void another_answers(const Now& now, StreamId id, const NodeId& dialled);
  void drop(const Now& now, StreamId id);
  void close(const Now& now, StreamId id);

  NodeId self_;
  uint64_t boot_;
  std::unordered_map<NodeId, Known> peers_;
  std::unordered_map<StreamId, Stream> streams_;
  Deadlines<NodeId> dials_;
  uint64_t last_stream_ = 0;
  std::deque<Output> outputs_;
};

}  // namespace tutti::sim
