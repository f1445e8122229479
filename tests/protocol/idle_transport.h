#pragma once

#include "protocol/transport.h"

namespace tutti {

// A Transport without input and output; a test overrides the calls that it is about.
class IdleTransport : public Transport {
 public:
  void handle_datagram(const Now&, const Address&, ByteView) override {}
  void handle_stream_opened(const Now&, StreamId, const Address&) override {}
  void handle_stream(const Now&, StreamId, ByteView) override {}
  void handle_stream_closed(const Now&, StreamId) override {}
  void handle_stream_drained(const Now&, StreamId, size_t) override {}
  void handle_timeout(const Now&) override {}
  std::optional<Instant> next_deadline() const override { return std::nullopt; }
  void set_peer(const Now&, const Peer&) override {}
  void forget_peer(const Now&, const NodeId&) override {}
  bool send_datagram(const Now&, const NodeId&, ByteView) override { return false; }
  bool send_stream(const Now&, const NodeId&, ByteView) override { return false; }
  size_t stream_backlog_bytes(const NodeId&) const override { return 0; }
  bool has_stream(const NodeId&) const override { return true; }
  std::optional<Address> address_of(const NodeId&) const override { return std::nullopt; }
  void greet(const Now&, const Address&) override {}
  void answer_join(const Now&, StreamId, ByteView) override {}
  std::optional<Output> poll_output() override { return std::nullopt; }
};

}  // namespace tutti
