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
  // Call when an unreachable member is probed: tries the addresses that are known of it in turn.
  void try_elsewhere(const Now& now, const NodeId& id);
  // `id` was asked for and answers at `at`: the transport talks to it there, unless it is heard already. It may be no
  // member that this node knows.
  void found(const Now& now, const Transport::Greeted& member);
  void reached(const Now& now, const NodeId& id);

  void tick(const Now& now) override { update(now); }
  void forget(const NodeId& id) override { elsewhere_.erase(id); }

 private:
  void introduce(const Now& now, const MemberRecord& record);

  struct Elsewhere {
    Address at;  // in place of the record's
    Instant since{};
    std::optional<Address> found;
  };

  Membership& membership_;
  Neighbours& neighbours_;
  Transport& transport_;
  std::map<NodeId, Elsewhere> elsewhere_;  // members that are, or are tried, where their record does not say
};

}  // namespace tutti
