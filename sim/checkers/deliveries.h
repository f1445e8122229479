#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "protocol/transport.h"

namespace tutti::sim {

// `replay`: what transports were given to send, and what the transports of others handed up as received. A
// message may be lost. It may not be received more often than it was sent.
class Deliveries {
 public:
  using Channel = Transport::Channel;
  void sent(const NodeId& from, const NodeId& to, Channel channel, ByteView message);
  // Empty: one that was sent is left to be received; else what is wrong, in words.
  std::string received(const NodeId& from, const NodeId& to, Channel channel, ByteView message);

 private:
  std::map<std::string, uint64_t> under_way_;  // by a hash of all four: how many
};

}  // namespace tutti::sim
