#include "protocol/replica/member_gossip.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tutti {
namespace {

// Under which the store keeps the member list, between one process and the next.
constexpr ByteView kMetaMembers = "members";
// Names in records are for eyes; longer ones are not taken.
constexpr size_t kNameBytesMax = 256;
// In a large cluster: a list that stays unlike for kUnlikeGrace is told whole, and a whole one at most once in
// kWholeEvery.
constexpr Duration kUnlikeGrace = std::chrono::seconds(1);
constexpr Duration kWholeEvery = std::chrono::milliseconds(500);
// In a large cluster up to so many new records go on to the neighbours at once.
constexpr size_t kSpreadMax = 16;

}  // namespace

Result<std::vector<MemberRecord>> stored_members(Store& store) {
  const auto stored = store.meta_get(kMetaMembers);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return std::vector<MemberRecord>();
  auto decoded = decode_members(**stored);
  if (!decoded)
    return error(ErrorCode::kCorrupt, "the stored member list does not decode: " + decoded.error().message);
  return decoded;
}

Result<> MemberGossip::begin(const Now& now, MemberList seeds) {
  MemberRecord& self = membership_.self();
  self.incarnation = std::max(self.incarnation, now.wall_ms());
  const auto learned = stored_members(database_.store());
  if (!learned) return std::unexpected(learned.error());
  for (const MemberRecord& record : *learned) {
    if (record.id == self.id) self.incarnation = std::max(self.incarnation, record.incarnation + 1);
  }
  self.signature = trust_.sign(signed_bytes(self));

  const auto untrusted = [&](const MemberRecord& record) {
    return record.id != self.id && (record.name.size() > kNameBytesMax || !trust_.verify(record, now.wall));
  };
  if (seeds && std::ranges::any_of(*seeds, untrusted)) {
    std::vector<MemberRecord> trusted = *seeds;
    std::erase_if(trusted, untrusted);
    seeds = make_member_list(std::move(trusted));
  }
  membership_.begin(std::move(seeds), now.mono);
  if (neighbours_.mesh()) {
    for (size_t i = 0; i < membership_.size(); ++i) tell_joined(membership_.other(i));
  } else {
    outputs_.event(Outputs::EventKind::kMemberJoined, self.id,
                   std::to_string(membership_.size()) + " other members are known from before");
  }
  for (const MemberRecord& record : *learned) {
    if (record.id != self.id) adopt(now, self.id, record);
  }
  neighbours_.members_changed();
  introducer_.update(now);
  save();
  return {};
}

bool MemberGossip::adopt(const Now& now, const NodeId& from, const MemberRecord& record) {
  if (record.name.size() > kNameBytesMax) return false;
  if (auto verified = trust_.verify(record, now.wall); !verified) {
    outputs_.seldom_event(
        now, Outputs::EventKind::kBadMessage, from,
        "the member record of " + short_name(record.id) + " was not taken: " + verified.error().message);
    return false;
  }
  const bool known = membership_.find(record.id) != nullptr;
  if (!membership_.merge(record)) return false;
  introducer_.moved(now, record);
  if (known) return true;
  neighbours_.members_changed();
  tell_joined(record);
  return true;
}

void MemberGossip::tell_joined(const MemberRecord& record) {
  outputs_.event(Outputs::EventKind::kMemberJoined, record.id,
                 record.name + " at " + to_string(record.address) + " is a member");
}

// A restored or copied identity may be remembered with a later incarnation than ours, or with the same at
// another address: our own goes past it. False: the record is no such one.
bool MemberGossip::outlive(const Now& now, const MemberRecord& record) {
  MemberRecord& self = membership_.self();
  const bool past = record.incarnation > self.incarnation ||
                    (record.incarnation == self.incarnation && record.address != self.address);
  if (!past || !trust_.verify(record, now.wall)) return false;
  if (record.address != self.address) {
    outputs_.event(Outputs::EventKind::kClone, self.id,
                   "another process says that it is this node, at " + to_string(record.address) +
                       ": a data directory was copied. Stop the copy, then start this node again");
  }
  self.incarnation = record.incarnation + 1;
  self.signature = trust_.sign(signed_bytes(self));
  return true;
}

void MemberGossip::handle(const Now& now, const NodeId& from, const MembersMessage& message) {
  const MemberRecord& self = membership_.self();
  const size_t members = membership_.size();
  bool self_changed = false, self_outdated = false;
  std::vector<MemberRecord> news;
  for (const MemberRecord& record : message.records) {
    if (record.id == self.id && outlive(now, record)) {
      self_changed = self_outdated = true;
      continue;
    }
    self_outdated |= record.id == self.id && replaces(self, record);
    const MemberRecord* known = membership_.find(record.id);
    if (known && !replaces(record, *known)) continue;
    if (adopt(now, from, record)) news.push_back(record);
  }
  // They may look for us where we are not, so that no probe of theirs arrives which would show us that our
  // lists differ: said here, as often as they show it.
  if (self_outdated) messenger_.send_small(now, from, MembersMessage{{self}});
  if (news.empty() && !self_changed) return;
  if (self_changed) news.push_back(self);
  unsaved_ = true;
  // Whoever is lost is lost for good; where a known one listens now, others will say again.
  if (self_changed || membership_.size() > members) save();
  introducer_.update(now);
  prober_.heard(now, from);
  spread(now, from, std::move(news));
}

// News of a few goes on from neighbour to neighbour, as in a large cluster lists are compared seldom.
void MemberGossip::spread(const Now& now, const NodeId& from, std::vector<MemberRecord> news) {
  if (neighbours_.mesh() || news.size() > kSpreadMax) return;
  const MembersMessage message{std::move(news)};
  for (const NodeId& peer : neighbours_.connected()) {
    if (peer != from) messenger_.send_small(now, peer, message);
  }
}

void MemberGossip::tick(const Now&) {
  if (unsaved_) save();
}

// Beyond what the caller keeps.
void MemberGossip::save() {
  if (turns_.trouble()) return;
  unsaved_ = false;
  if (auto put = database_.store().meta_put(kMetaMembers, encode_members(membership_.learned())); !put) {
    unsaved_ = true;
    turns_.refuse(put.error());
  }
}

void MemberGossip::stream_up(const Now& now, const NodeId& peer) {
  if (neighbours_.mesh()) {
    messenger_.send_stream(now, peer, MembersMessage{membership_.records()});
  } else {
    // A thousand records for every stream would drown the rest: the probe's hash says whether they differ.
    messenger_.send_stream(now, peer, MembersMessage{{membership_.self()}});
    prober_.probe(now, peer);
  }
}

void MemberGossip::stream_down(const Now&, const NodeId& peer) { unlike_since_.erase(peer); }

// All of them by stream; while there is none, ourselves alone, so that the other side can dial.
void MemberGossip::tell(const Now& now, const NodeId& to) {
  if (messenger_.transport().has_stream(to)) {
    messenger_.send_stream(now, to, MembersMessage{membership_.records()});
  } else {
    messenger_.send_small(now, to, MembersMessage{{membership_.self()}});
  }
}

void MemberGossip::compare(const Now& now, const NodeId& from, const Hash128& members_hash) {
  if (members_hash == membership_.hash()) {
    unlike_since_.erase(from);
    return;
  }
  if (neighbours_.mesh()) return tell(now, from);
  // A whole list is long, and what is new is on its way: only neighbours, and only after a while.
  if (!messenger_.transport().has_stream(from)) return;
  const auto [since, first] = unlike_since_.try_emplace(from, now.mono);
  if (now.mono - since->second < kUnlikeGrace || now.mono - told_whole_ < kWholeEvery) return;
  told_whole_ = now.mono;
  tell(now, from);
}

}  // namespace tutti
