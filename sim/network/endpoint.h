#pragma once

#include "protocol/address.h"
#include "protocol/node_id.h"

namespace tutti::sim {

// What the network brings to a node. Called from the event queue alone, never from within the node's own
// calls.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual bool up() const = 0;
  // False: what comes by streams waits in the kernel.
  virtual bool takes_streams() const { return true; }
  virtual void datagram(const Address& from, ByteView bytes) = 0;
  // An incoming connection: the node names it.
  virtual StreamId accept() = 0;
  virtual void stream_opened(StreamId stream, const Address& peer) = 0;
  virtual void stream_bytes(StreamId stream, ByteView bytes) = 0;
  virtual void stream_drained(StreamId stream, size_t bytes) = 0;
  virtual void stream_closed(StreamId stream) = 0;
};

}  // namespace tutti::sim
