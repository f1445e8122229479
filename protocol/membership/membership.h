#pragma once

#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "protocol/health.h"
#include "protocol/membership/member_list.h"
#include "protocol/membership/member_record.h"
#include "protocol/random.h"
#include "storage/crypto/hash.h"

namespace tutti {

// The members that this node knows, and whom to probe. Plain probes: a member that leaves probes unanswered becomes
// unreachable, and any message from it makes it reachable again. This node tells others neither.
//
// Every member has a record: from the list that this node began with, which nodes may share, or learned since. A
// member's Contact, which holds all that changes, is made when there is something to remember.
class Membership {
 public:
  struct Contact {
    std::optional<Instant> heard;             // its last authenticated message in this process's life
    std::optional<Instant> unanswered_since;  // the first probe since then
    bool unreachable = false;
    bool acquainted = false;                      // the transport has its address
    bool probed = false;                          // clock_hash is known
    Hash128 clock_hash;                           // of its last probe
    Health::State health = Health::State::kWell;  // likewise
    Duration round_trip{0};
    uint64_t probe_sequence = 0;  // of the last probe sent to it
    Instant probe_sent{};
  };

  Membership(MemberRecord self, const HashKey& key) : self_(std::move(self)), key_(key) {}

  // Takes the verified list to begin with. Once, before any merge(). Skips this node's own record. `now`: a member
  // that is never heard is silent since then.
  void begin(MemberList list, Instant now = {});
  Instant begun() const { return begun_; }
  // Takes in a verified record; true: it was new or newer. Ignores a record of this node.
  bool merge(const MemberRecord& record);

  const MemberRecord& self() const { return self_; }
  MemberRecord& self() { return self_; }
  // The other members, in arbitrary order; a member keeps its index. REQUIRES index < size().
  size_t size() const { return begun_with() + news_.size(); }
  const MemberRecord& other(size_t index) const;
  // Null for this node and for strangers. Valid until the next merge().
  const MemberRecord* find(const NodeId& id) const;
  // Its record in the list to begin with; null: not there.
  const MemberRecord* first_record(const NodeId& id) const;

  // The next member after `id` in the ring of the others' ids. REQUIRES size() > 0.
  const NodeId& after(const NodeId& id) const;

  std::vector<MemberRecord> records() const;  // self, then the others
  std::vector<MemberRecord> learned() const;  // self, then the records that the first list does not have
  // Equal lists, equal hashes.
  Hash128 hash() const;

  // Made if there is none; null: `id` is no member. The pointer stays valid until forget_contact().
  Contact* contact(const NodeId& id);
  const Contact* contacted(const NodeId& id) const;
  bool unreachable(const NodeId& id) const;
  // Since its last message, or since begun().
  Duration silence(const Now& now, const NodeId& id) const;
  void forget_contact(const NodeId& id);

  // --- probes ---
  // The next `count` members to probe. Every member comes once before any comes twice, in a new random order each
  // round. Beginning a round costs O(members).
  std::vector<NodeId> next_probes(size_t count, Random& random);
  void probing(const Now& now, const NodeId& id, uint64_t sequence);
  // A message came from it. True: it was unreachable before.
  bool heard(const Now& now, const NodeId& id);
  // Up to `count` members whose oldest unanswered probe is at least `wait` old, to be probed again.
  std::vector<NodeId> unanswering(const Now& now, Duration wait, size_t count) const;
  // All such members; they are unreachable from now on.
  std::vector<NodeId> give_up(const Now& now, Duration wait);
  bool any_unreachable() const { return !unreachable_.empty(); }
  // The unreachable members in turn: they are probed for ever.
  std::optional<NodeId> next_unreachable();

 private:
  size_t begun_with() const { return list_ ? list_->size() - (self_at_ ? 1 : 0) : 0; }
  Hash128 hash_of(const MemberRecord& record) const;

  MemberRecord self_;
  HashKey key_;
  MemberList list_;
  Instant begun_{};
  std::optional<size_t> self_at_;           // in list_
  std::map<NodeId, MemberRecord> learned_;  // they replace list_'s records, or add to them
  std::vector<NodeId> news_;                // the ids of learned_ that are not in list_
  Hash128 others_hash_;
  std::unordered_map<NodeId, Contact> contacts_;
  std::set<NodeId> unanswering_;  // not unreachable yet
  std::set<NodeId> unreachable_;
  NodeId retried_last_{};
  std::vector<NodeId> round_;  // still to be probed in this round
};

}  // namespace tutti
