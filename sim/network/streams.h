#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/kernel/event_queue.h"
#include "sim/network/disturbances.h"
#include "sim/network/endpoint.h"
#include "sim/network/links.h"
#include "sim/watch/recorder.h"

namespace tutti::sim {

// Simulated TCP connections: in order and whole until they break. A blocked link stalls them; stalled for
// longer than the timeout they break, each side learning of it at its own moment. A killed process resets its
// connections at once; a machine without power leaves its peers to find out.
class Streams {
 public:
  Streams(EventQueue& queue, Links& links, Disturbances& disturbances,
          const std::vector<Endpoint*>& endpoints, Duration timeout, Recorder& recorder)
      : queue_(queue),
        links_(links),
        disturbances_(disturbances),
        endpoints_(endpoints),
        timeout_(timeout),
        recorder_(recorder) {}

  // The node hears stream_opened, or stream_closed where it failed.
  void open(size_t node, StreamId stream, std::optional<size_t> target);
  // Returns the bytes of this and earlier sends that the kernel newly takes. For the others stream_drained
  // follows.
  size_t send(size_t node, StreamId stream, std::string bytes);
  // The node hears no more of the stream; its peer hears stream_closed behind all that was sent.
  void close(size_t node, StreamId stream);
  // The node is gone and hears no more. `reset`: its kernel lives and tells the peers.
  void node_gone(size_t node, bool reset);

  size_t connections() const { return sides_.size(); }

 private:
  struct Chunk {
    Instant arrival;
    std::string bytes;
  };
  // One direction, named by its sending side.
  struct Flow {
    std::deque<Chunk> chunks;
    Instant last_arrival{};
    size_t sent = 0, delivered = 0, taken = 0;
    bool pumping = false;
    bool finished = false;  // the sender has closed: the receiver hears so behind the chunks
    std::optional<Instant> stalled_since;
  };
  struct Side {
    size_t node = 0;
    StreamId stream{};
    bool open = false;  // the node knows it and wants to hear of it
  };
  struct Connection {
    std::array<Side, 2> sides;
    std::array<Flow, 2> flows;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;
  struct Place {
    ConnectionPtr connection;
    size_t side;
  };

  const Place* find(size_t node, StreamId stream) const;
  void connect(size_t node, StreamId stream, size_t target);
  size_t newly_taken(Flow& flow);
  void schedule_pump(const ConnectionPtr& connection, size_t sender, Instant at);
  void pump(const ConnectionPtr& connection, size_t sender);
  void deliver(const ConnectionPtr& connection, size_t sender);
  void finish(const ConnectionPtr& connection, size_t sender);
  // The side forgets the connection without hearing of it.
  void drop(Connection& connection, size_t side);
  void tell_closed(const ConnectionPtr& connection, size_t side, Duration delay);

  EventQueue& queue_;
  Links& links_;
  Disturbances& disturbances_;
  const std::vector<Endpoint*>& endpoints_;
  Duration timeout_;
  Recorder& recorder_;
  std::map<std::pair<size_t, StreamId>, Place> sides_;
};

}  // namespace tutti::sim
