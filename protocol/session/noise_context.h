#pragma once

#include <set>

#include "protocol/session/handshake.h"
#include "protocol/session/output_queue.h"
#include "protocol/session/transport_stats.h"

namespace tutti {

// Shared by the two channels of one NoiseTransport.
struct NoiseContext {
  // The most members. Handshakes of further ones are dropped, and ours to them never start.
  static constexpr size_t kPeersMax = 16384;

  Handshaker handshaker;
  Random& random;
  NodeId own_id;
  Key32 discovery_secret;
  OutputQueue outputs;
  TransportStats stats;
  std::set<NodeId> revoked;

  // A peer has refused a first message of ours, having seen a later one. True: ours are later from now on.
  bool go_above(const NodeId& peer, const Freshness& seen) {
    if (!handshaker.go_above(seen)) return false;
    outputs.push(Transport::Outrun{peer});
    return true;
  }

  // `delay`, less a random part of up to a quarter: nodes that lost the same peer do not dial it all at once.
  Duration jittered(Duration delay) {
    return delay - Duration(random.below(static_cast<uint64_t>(delay.count()) / 4 + 1));
  }
};

}  // namespace tutti
