#pragma once

#include "protocol/messages/message_codec.h"
#include "protocol/transport.h"

namespace tutti {

// Sends messages to members by the way that fits them.
class Messenger {
 public:
  explicit Messenger(Transport& transport) : transport_(transport) {}

  // By datagram where it fits and a session stands, else by stream. False: neither was possible; nothing was sent.
  bool send_small(const Now& now, const NodeId& to, const Message& message) {
    const std::string bytes = encode_message(message);
    if (bytes.size() <= Transport::kDatagramMessageBytesMax && transport_.send_datagram(now, to, bytes))
      return true;
    return transport_.send_stream(now, to, bytes);
  }
  // By stream alone: what is large, or must stay in order.
  bool send_stream(const Now& now, const NodeId& to, const Message& message) {
    return transport_.send_stream(now, to, encode_message(message));
  }

  Transport& transport() const { return transport_; }

 private:
  Transport& transport_;
};

}  // namespace tutti
