#pragma once

#include <map>
#include <optional>
#include <vector>

#include "protocol/member_record.h"
#include "protocol/messages.h"
#include "protocol/random.h"

namespace tutti {

// The members this node knows, what each said last, and whom to probe next. Simple pings: silence makes a
// member unreachable, a word brings it back; neither is ever told to others.
class Membership {
 public:
  struct Member {
    MemberRecord record;
    std::optional<Instant> heard;  // its last authenticated word in this process's life
    bool unreachable = false;
    Hash128 clock_hash;  // of its last probe
    Hash128 merged_clock_hash;
    Hash128 fingerprint;
    bool probed = false;  // the three above are known
    Duration round_trip{0};
    uint64_t probe_sequence = 0;  // of the last probe sent to it
    Instant probe_sent{};
  };

  Membership(MemberRecord self, const HashKey& key) : self_(std::move(self)), key_(key) {}

  const MemberRecord& self() const { return self_; }
  MemberRecord& self() { return self_; }
  const std::map<NodeId, Member>& others() const { return others_; }
  Member* find(const NodeId& id);

  // Takes in a verified record: true where it is new or newer. A record of ourselves is not taken in.
  bool merge(const MemberRecord& record);
  // Self first, then the others by id.
  std::vector<MemberRecord> records() const;
  // Equal lists, equal hashes.
  Hash128 hash() const;

  // The next `count` to be probed: every member comes once before any comes twice, in an order drawn anew
  // each time.
  std::vector<NodeId> next_probes(size_t count, Random& random);

 private:
  MemberRecord self_;
  HashKey key_;
  std::map<NodeId, Member> others_;
  std::vector<NodeId> round_;  // still to be probed in this round
};

}  // namespace tutti
