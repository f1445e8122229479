#pragma once

#include <map>
#include <span>

#include "protocol/delivery/turn.h"
#include "protocol/messages/clock_bases.h"
#include "protocol/messages/messenger.h"
#include "protocol/part.h"

namespace tutti {

// Pushes operations that were written here, or that are to be relayed, to every connected peer at once (RULES.md,
// "Membership and dissemination"). A push may be lost: convergence rests on anti-entropy, pushes make it fast. A peer
// with more than options.backlog_bytes_max waiting gets no pushes until it has caught up by pulling, so that a slow
// peer costs no memory.
class Broadcast final : public Part {
 public:
  struct Options {
    size_t backlog_bytes_max;
  };
  Broadcast(Options options, const ClockBases& bases, Messenger& messenger)
      : options_(options), bases_(bases), messenger_(messenger) {}

  void stream_up(const Now& now, const NodeId& peer) override;
  void stream_down(const Now& now, const NodeId& peer) override;
  // Pushes to the peer again: it has everything committed here, or its stream already carries the rest.
  void resume(const NodeId& peer) { peers_[peer].pushing = true; }

  // Pushes the turn's written and relayed operations; not to a peer from which all of them came.
  void committed(const Now& now, const Turn& turn) override;

  void metrics(const MetricSink& sink) const override;

 private:
  struct Peer {
    bool pushing = false;
    Instant last_stream_push{};
  };
  // `operations` in order. `except`: this peer gets none; null: all get them.
  void push(const Now& now, std::span<const Operation> operations, const NodeId* except);
  void push_chunk(const Now& now, std::span<const Operation> operations, const NodeId* except);
  void push_to(const Now& now, const NodeId& id, Peer& peer, const std::string& message);

  Options options_;
  const ClockBases& bases_;
  Messenger& messenger_;
  std::map<NodeId, Peer> peers_;
  uint64_t suspensions_ = 0;
};

}  // namespace tutti
