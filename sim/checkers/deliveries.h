#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "protocol/transport.h"

namespace tutti::sim {

// `replay`: what every node's transport was given to send and what others' handed up as received. A message
// may be lost; it is not taken more often than it was sent.
class Deliveries {
 public:
  using Channel = Transport::Channel;
  void sent(const NodeId& from, const NodeId& to, Channel channel, ByteView message);
  // Empty where a sent one is left; else what is wrong, in words.
  std::string received(const NodeId& from, const NodeId& to, Channel channel, ByteView message);

 private:
  std::map<std::string, uint64_t> under_way_;  // by a hash of all four: how many
};

}  // namespace tutti::sim
