#pragma once

#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "protocol/messages/message_codec.h"
#include "protocol/transport.h"
#include "tests/protocol/idle_transport.h"

namespace tutti {

inline NodeId node_id(uint8_t number) {
  NodeId id;
  id.bytes[0] = number;
  return id;
}
inline MemberRecord member_record(uint8_t number) {
  MemberRecord record;
  record.id = node_id(number);
  record.name = "n" + std::to_string(number);
  record.incarnation = 1;
  return record;
}

// Keeps sent messages for the test to read or to deliver. Sending fails to a peer without a session (datagrams) or a
// stream; the test gives these. Loses: nothing.
class RecordingTransport final : public IdleTransport {
 public:
  struct Sent {
    NodeId to;
    Channel channel;
    std::string bytes;
  };
  std::set<NodeId> sessions, streams;
  std::map<NodeId, size_t> backlog;
  std::deque<Sent> sent;

  void connect(const NodeId& peer) {
    sessions.insert(peer);
    streams.insert(peer);
  }
  // Takes out the oldest message.
  Sent take() {
    REQUIRE_FALSE(sent.empty());
    Sent first = std::move(sent.front());
    sent.pop_front();
    return first;
  }
  // REQUIRES that it is of this kind. Batches are views into `sent`.
  template <class M>
  static M decoded(const Sent& sent) {
    const auto message = decode_message(sent.bytes);
    REQUIRE(message);
    REQUIRE(std::holds_alternative<M>(*message));
    return std::get<M>(*message);
  }
  // Takes out the oldest, which must be of this kind and for this peer. For messages without a batch.
  template <class M>
  M take(const NodeId& to) {
    const Sent first = take();
    REQUIRE(first.to == to);
    return decoded<M>(first);
  }

  bool send_datagram(const Now&, const NodeId& to, ByteView message) override {
    if (!sessions.contains(to) || message.size() > kDatagramMessageBytesMax) return false;
    sent.push_back({to, Channel::kDatagram, std::string(message)});
    return true;
  }
  bool send_stream(const Now&, const NodeId& to, ByteView message) override {
    if (!streams.contains(to)) return false;
    sent.push_back({to, Channel::kStream, std::string(message)});
    return true;
  }
  size_t stream_backlog_bytes(const NodeId& to) const override {
    const auto at = backlog.find(to);
    return at == backlog.end() ? 0 : at->second;
  }
  bool has_stream(const NodeId& to) const override { return streams.contains(to); }
};

}  // namespace tutti
