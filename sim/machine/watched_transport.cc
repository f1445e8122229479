#include "sim/machine/watched_transport.h"

#include "protocol/messages/message_codec.h"

namespace tutti::sim {
namespace {

bool is_push(ByteView message) {
  const auto decoded = decode_message(message);
  return decoded && std::holds_alternative<PushMessage>(*decoded);
}

}  // namespace

bool WatchedTransport::send_datagram(const Now& now, const NodeId& to, ByteView message) {
  const bool sent = within_->send_datagram(now, to, message);
  if (sent && watches(Channel::kDatagram)) deliveries_.sent(self_, to, Channel::kDatagram, message);
  return sent;
}

bool WatchedTransport::send_stream(const Now& now, const NodeId& to, ByteView message) {
  const size_t before = within_->stream_backlog_bytes(to);
  if (before > push_backlog_bytes_max_ && is_push(message)) {
    alarm_("bounds", "pushes to a stream with " + std::to_string(before) + " bytes before it; the bound is " +
                         std::to_string(push_backlog_bytes_max_));
  }
  const bool sent = within_->send_stream(now, to, message);
  if (sent) deliveries_.sent(self_, to, Channel::kStream, message);
  return sent;
}

std::optional<Transport::Output> WatchedTransport::poll_output() {
  auto output = within_->poll_output();
  const auto* received = output ? std::get_if<Received>(&*output) : nullptr;
  if (received && heard_) heard_(*received);
  if (received && watches(received->channel)) {
    const std::string wrong =
        deliveries_.received(received->from, self_, received->channel, received->message);
    if (!wrong.empty()) alarm_("replay", wrong);
  }
  return output;
}

}  // namespace tutti::sim
