#pragma once

#include <map>

#include "protocol/membership/membership.h"
#include "protocol/membership/neighbours.h"
#include "protocol/part.h"
#include "protocol/transport.h"

namespace tutti {

// Tells the transport where members listen, before the first message to each, and with whom to keep a stream.
class Introducer final : public Part {
 public:
  // How long each address of an unreachable member is tried.
  static constexpr Duration kElsewhereEvery = std::chrono::seconds(5);

  // References outlive this.
  Introducer(Membership& membership, Neighbours& neighbours, Transport& transport)
      : membership_(membership), neighbours_(neighbours), transport_(transport) {}

  // Of strangers: nothing.
  void acquaint(const Now& now, const NodeId& id);
  void acquaint_all(const Now& now);
  // A known member's record is another now.
  void moved(const Now& now, const MemberRecord& record);
  // Neighbours are chosen anew.
  void update(const Now& now);
  // An unreachable member is probed: the address to look at changes from time to time.
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
