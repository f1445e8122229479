#pragma once

#include <map>
#include <span>

#include "protocol/delivery/turn.h"
#include "protocol/messages/messenger.h"
#include "protocol/part.h"
#include "storage/model/operation_codec.h"

namespace tutti {

// Pushes what was written here, and what is to be passed on, to every connected peer at once (RULES.md,
// "Membership and dissemination"). A push may be lost: anti-entropy is what convergence rests on, this is
// what makes it fast. A peer that takes too slowly gets none until it has caught up by pulling, so that a
// slow peer costs no memory.
class Broadcast final : public Part {
 public:
  struct Options {
    size_t backlog_bytes_max;
  };
  Broadcast(Options options, Messenger& messenger) : options_(options), messenger_(messenger) {}

  // The stream begins anew: nothing is remembered of it on either side.
  void stream_up(const Now& now, const NodeId& peer) override;
  void stream_down(const Now& now, const NodeId& peer) override;
  // The peer has everything committed here, or is about to by what its stream already carries.
  void resume(const NodeId& peer) { peers_[peer].pushing = true; }

  // Pushes what was written here or is to be relayed; not back to a peer that all of it came from.
  void committed(const Now& now, const Turn& turn) override;

  // For decoding what a peer pushes on its stream.
  PastTable& incoming(const NodeId& peer) { return peers_[peer].incoming; }

  void metrics(const MetricSink& sink) const override;

 private:
  struct Peer {
    bool pushing = false;
    Instant last_stream_push{};
    PastTable outgoing;
    PastTable incoming;
  };
  // In order. `except`: null, or who gets none.
  void push(const Now& now, std::span<const Operation> operations, const NodeId* except);
  void push_chunk(const Now& now, std::span<const Operation> operations, const NodeId* except);
  void push_to(const Now& now, const NodeId& id, Peer& peer, std::span<const Operation> operations,
               const std::string& fresh);

  Options options_;
  Messenger& messenger_;
  std::map<NodeId, Peer> peers_;
  uint64_t suspensions_ = 0;
};

}  // namespace tutti
