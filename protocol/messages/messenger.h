#pragma once

#include "protocol/messages/message_codec.h"
#include "protocol/transport.h"

namespace tutti {

// Sends messages to members, by datagram or by stream.
class Messenger {
 public:
  explicit Messenger(Transport& transport) : transport_(transport) {}

  // By datagram if the message fits and a session exists, else by stream. False: neither was possible; nothing was sent.
  bool send_small(const Now& now, const NodeId& to, const Message& message) {
    const std::string bytes = encode_message(message);
    if (bytes.size() <= Transport::kDatagramMessageBytesMax && transport_.send_datagram(now, to, bytes))
      return true;
    return transport_.send_stream(now, to, bytes);
  }
  // Only by stream: for large messages, and for those that must stay in order.
  bool send_stream(const Now& now, const NodeId& to, const Message& message) {
    return transport_.send_stream(now, to, encode_message(message));
  }

  Transport& transport() const { return transport_; }

 private:
  Transport& transport_;
};

}  // namespace tutti
