#pragma once

#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "protocol/membership/member_list.h"
#include "protocol/membership/member_record.h"
#include "protocol/random.h"
#include "storage/crypto/hash.h"

namespace tutti {

// The members this node knows, what those it has to do with said last, and whom to probe. Simple pings: probes that
// stay unanswered make a member unreachable, a word brings it back; neither is ever told to others.
//
// Of every member there is a record: from the list this node began with, which it shares with others, or
// learned since. A contact, with all that changes, is made when there is something to remember.
class Membership {
 public:
  struct Contact {
    std::optional<Instant> heard;             // its last authenticated word in this process's life
    std::optional<Instant> unanswered_since;  // the first probe since then
    bool unreachable = false;
    bool acquainted = false;  // the transport was told where it listens
    bool probed = false;      // clock_hash is known
    Hash128 clock_hash;       // of its last probe
    Duration round_trip{0};
    uint64_t probe_sequence = 0;  // of the last probe sent to it
    Instant probe_sent{};
  };

  Membership(MemberRecord self, const HashKey& key) : self_(std::move(self)), key_(key) {}

  // The list to begin with, verified. Once, before any merge(). Ourselves in it are passed over. `now`: a member
  // that never speaks is silent since then.
  void begin(MemberList list, Instant now = {});
  Instant begun() const { return begun_; }
  // Takes in a verified record: true where it is new or newer. A record of ourselves is not taken in.
  bool merge(const MemberRecord& record);

  const MemberRecord& self() const { return self_; }
  MemberRecord& self() { return self_; }
  // The others, in no order that means anything; the numbers stay. `index` < size().
  size_t size() const { return begun_with() + news_.size(); }
  const MemberRecord& other(size_t index) const;
  // Null for ourselves and for strangers. Valid until the next merge().
  const MemberRecord* find(const NodeId& id) const;
  // What the list to begin with says of it; null where it is not there.
  const MemberRecord* first_record(const NodeId& id) const;

  // The others in a ring by their ids: who comes after this one. REQUIRES size() > 0.
  const NodeId& after(const NodeId& id) const;

  std::vector<MemberRecord> records() const;  // self, then the others
  std::vector<MemberRecord> learned() const;  // self, then those that the list to begin with has not so
  // Equal lists, equal hashes.
  Hash128 hash() const;

  // Made where there is none yet; null for one who is no member. Stays where it is.
  Contact* contact(const NodeId& id);
  const Contact* contacted(const NodeId& id) const;
  bool unreachable(const NodeId& id) const;
  // Since its last word, or since the beginning.
  Duration silence(const Now& now, const NodeId& id) const;
  void forget_contact(const NodeId& id);

  // --- probes ---
  // The next `count` to be probed: every member comes once before any comes twice, in an order drawn anew
  // each time. Costs as much as there are members.
  std::vector<NodeId> next_probes(size_t count, Random& random);
  void probing(const Now& now, const NodeId& id, uint64_t sequence);
  // It spoke. True where it was unreachable.
  bool heard(const Now& now, const NodeId& id);
  // Who has left a probe unanswered for so long, and every later one; up to so many. To be probed again.
  std::vector<NodeId> unanswering(const Now& now, Duration wait, size_t count) const;
  // The same, and unreachable from now on.
  std::vector<NodeId> give_up(const Now& now, Duration wait);
  // Those unreachable, one after the other: they are tried for ever.
  std::optional<NodeId> next_unreachable();

 private:
  size_t begun_with() const { return list_ ? list_->size() - (self_at_ ? 1 : 0) : 0; }
  Hash128 hash_of(const MemberRecord& record) const;

  MemberRecord self_;
  HashKey key_;
  MemberList list_;
  Instant begun_{};
  std::optional<size_t> self_at_;           // in list_
  std::map<NodeId, MemberRecord> learned_;  // instead of list_'s record, or besides
  std::vector<NodeId> news_;                // those besides
  Hash128 others_hash_;
  std::unordered_map<NodeId, Contact> contacts_;
  std::set<NodeId> unanswering_;  // not unreachable yet
  std::set<NodeId> unreachable_;
  NodeId retried_last_{};
  std::vector<NodeId> round_;  // still to be probed in this round
};

}  // namespace tutti
