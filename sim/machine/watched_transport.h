#pragma once

#include <functional>
#include <memory>

#include "protocol/transport.h"
#include "sim/checkers/deliveries.h"

namespace tutti::sim {

// Wraps a Transport and counts its messages on their way in and out. It counts datagrams only if the wrapped
// transport promises to take none twice (`datagrams`). It also checks the bound of pushes: nothing is pushed
// to a stream with more than `push_backlog_bytes_max` before it, so that it holds one push more at most.
class WatchedTransport final : public Transport {
 public:
  using Alarm = std::function<void(const char* checker, std::string what)>;
  using Heard = std::function<void(const Received&)>;
  // `heard` may be empty; else it is told of every message received. `deliveries` outlives this.
  WatchedTransport(std::unique_ptr<Transport> within, const NodeId& self, Deliveries& deliveries,
                   bool datagrams, size_t push_backlog_bytes_max, Alarm alarm, Heard heard)
      : within_(std::move(within)),
        self_(self),
        deliveries_(deliveries),
        datagrams_(datagrams),
        push_backlog_bytes_max_(push_backlog_bytes_max),
        alarm_(std::move(alarm)),
        heard_(std::move(heard)) {}

  void handle_datagram(const Now& now, const Address& from, ByteView bytes) override {
    within_->handle_datagram(now, from, bytes);
  }
  void handle_stream_opened(const Now& now, StreamId stream, const Address& peer) override {
    within_->handle_stream_opened(now, stream, peer);
  }
  void handle_stream(const Now& now, StreamId stream, ByteView bytes) override {
    within_->handle_stream(now, stream, bytes);
  }
  void handle_stream_closed(const Now& now, StreamId stream) override {
    within_->handle_stream_closed(now, stream);
  }
  void handle_stream_drained(const Now& now, StreamId stream, size_t bytes) override {
    within_->handle_stream_drained(now, stream, bytes);
  }
  void handle_timeout(const Now& now) override { within_->handle_timeout(now); }
  std::optional<Instant> next_deadline() const override { return within_->next_deadline(); }

  void set_peer(const Now& now, const Peer& peer) override { within_->set_peer(now, peer); }
  void forget_peer(const Now& now, const NodeId& id) override { within_->forget_peer(now, id); }
  bool send_datagram(const Now& now, const NodeId& to, ByteView message) override;
  bool send_stream(const Now& now, const NodeId& to, ByteView message) override;
  size_t stream_backlog_bytes(const NodeId& to) const override { return within_->stream_backlog_bytes(to); }
  bool has_stream(const NodeId& to) const override { return within_->has_stream(to); }
  void answer_join(const Now& now, StreamId stream, ByteView answer) override {
    within_->answer_join(now, stream, answer);
  }
  std::optional<Address> address_of(const NodeId& id) const override { return within_->address_of(id); }
  void greet(const Now& now, const Address& at) override { within_->greet(now, at); }
  std::optional<Output> poll_output() override;

 private:
  bool watches(Channel channel) const { return channel == Channel::kStream || datagrams_; }

  std::unique_ptr<Transport> within_;
  NodeId self_;
  Deliveries& deliveries_;
  bool datagrams_;
  size_t push_backlog_bytes_max_;
  Alarm alarm_;
  Heard heard_;
};

}  // namespace tutti::sim
