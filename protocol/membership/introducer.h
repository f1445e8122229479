#pragma once

#include <map>

#include "protocol/membership/membership.h"
#include "protocol/membership/neighbours.h"
#include "protocol/part.h"
#include "protocol/transport.h"

namespace tutti {

// Tells the transport each member's address before the first message to it, and which members to keep a stream with.
class Introducer final : public Part {
 public:
  // Time after which another address of an unreachable member is tried.
  static constexpr Duration kElsewhereEvery = std::chrono::seconds(5);

  // References outlive this.
  Introducer(Membership& membership, Neighbours& neighbours, Transport& transport)
      : membership_(membership), neighbours_(neighbours), transport_(transport) {}

  // Does nothing for a stranger.
  void acquaint(const Now& now, const NodeId& id);
  void acquaint_all(const Now& now);
  // A known member has a new record.
  void moved(const Now& now, const MemberRecord& record);
  // Chooses neighbours anew, and tells the transport the changes.
  void update(const Now& now);
  // Call when an unreachable member is probed: tries its two known addresses in turn.
  void try_elsewhere(const Now& now, const NodeId& id);
  void reached(const NodeId& id) { tried_at_.erase(id); }

  void tick(const Now& now) override { update(now); }
  void forget(const NodeId& id) override { tried_at_.erase(id); }

 private:
  void introduce(const Now& now, const MemberRecord& record);

  Membership& membership_;
  Neighbours& neighbours_;
  Transport& transport_;
  std::map<NodeId, Address> tried_at_;  // of unreachable members with two addresses
};

}  // namespace tutti
