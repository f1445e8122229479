#pragma once

#include <map>
#include <vector>

#include "protocol/membership/introducer.h"
#include "protocol/membership/membership.h"
#include "protocol/membership/neighbours.h"
#include "protocol/messages/messenger.h"
#include "protocol/part.h"
#include "protocol/replica/prober.h"
#include "protocol/replica/turn_pipeline.h"

namespace tutti {

// The members that the node of this store knows beside those it began with. kCorrupt: they do not decode.
Result<std::vector<MemberRecord>> stored_members(Store& store);

// Spreads member records, and keeps what was learned. In a small cluster a whole list goes wherever a probe or
// a new stream shows that it may be news; in a large one news goes on from neighbour to neighbour, and whole
// lists are for those that stay unlike.
class MemberGossip final : public Part {
 public:
  // References outlive this. `turns` is told of a disk that does not keep the list.
  MemberGossip(Database& database, Membership& membership, Neighbours& neighbours, Introducer& introducer,
               Prober& prober, Messenger& messenger, const MemberTrust& trust, TurnPipeline& turns,
               Outputs& outputs)
      : database_(database),
        membership_(membership),
        neighbours_(neighbours),
        introducer_(introducer),
        prober_(prober),
        messenger_(messenger),
        trust_(trust),
        turns_(turns),
        outputs_(outputs) {}

  // What the caller knows and keeps, `seeds`, then what this node has learned beyond it in earlier lives.
  Result<> begin(const Now& now, MemberList seeds);
  void handle(const Now& now, const NodeId& from, const MembersMessage& message);
  // A probe carried the hash of the peer's list.
  void compare(const Now& now, const NodeId& from, const Hash128& members_hash);

  void stream_up(const Now& now, const NodeId& peer) override;
  void stream_down(const Now& now, const NodeId& peer) override;
  void tick(const Now& now) override;

 private:
  bool adopt(const Now& now, const NodeId& from, const MemberRecord& record);
  void tell(const Now& now, const NodeId& to);
  void tell_joined(const MemberRecord& record);
  void spread(const Now& now, const NodeId& from, std::vector<MemberRecord> news);
  bool outlive(const Now& now, const MemberRecord& record);
  void save();

  Database& database_;
  Membership& membership_;
  Neighbours& neighbours_;
  Introducer& introducer_;
  Prober& prober_;
  Messenger& messenger_;
  const MemberTrust& trust_;
  TurnPipeline& turns_;
  Outputs& outputs_;

  std::map<NodeId, Instant> unlike_since_;  // neighbours whose list is not ours
  Instant told_whole_{};                    // the last whole list
  bool unsaved_ = false;
};

}  // namespace tutti
