#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/kernel/event_queue.h"
#include "sim/network/endpoint.h"
#include "sim/network/links.h"
#include "sim/network/streams.h"
#include "sim/watch/recorder.h"

namespace tutti::sim {

// The simulated network. Datagrams: lost, repeated, reordered, altered. Streams: streams.h. Node i
// listens at 10.x.y.z:4400, where x.y.z is i + 1.
class Network {
 public:
  Network(EventQueue& queue, Links& links, Disturbances& disturbances, Duration stream_timeout,
          Recorder& recorder)
      : queue_(queue),
        links_(links),
        disturbances_(disturbances),
        recorder_(recorder),
        streams_(queue, links, disturbances, endpoints_, stream_timeout, recorder) {}

  // Nodes are numbered in the order of attaching; all before the first event.
  void attach(Endpoint& endpoint) { endpoints_.push_back(&endpoint); }

  static Address address_of(size_t node);
  // Empty where the address is no node's.
  std::optional<size_t> node_at(const Address& address) const;

  void send_datagram(size_t from, const Address& to, std::string bytes);
  Streams& streams() { return streams_; }

  uint64_t datagrams() const { return datagrams_; }
  uint64_t datagram_bytes() const { return datagram_bytes_; }

 private:
  void fly(size_t from, size_t to, std::string bytes);
  void arrive(size_t from, size_t to, std::string bytes);

  EventQueue& queue_;
  Links& links_;
  Disturbances& disturbances_;
  Recorder& recorder_;
  std::vector<Endpoint*> endpoints_;
  Streams streams_;
  uint64_t datagrams_ = 0, datagram_bytes_ = 0;
};

}  // namespace tutti::sim
