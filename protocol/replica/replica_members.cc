#include <algorithm>

#include "protocol/replica/replica_impl.h"

namespace tutti {
namespace {

// Names in records are for eyes; longer ones are not taken.
constexpr size_t kNameBytesMax = 256;
// Members that leave a probe unanswered are probed again with each period, up to so many at a time.
constexpr size_t kProbesAgainMax = 4;
// In a large cluster: a list that stays unlike for so long is told whole, and a whole one at most so often.
constexpr Duration kMembersGrace = std::chrono::seconds(1);
constexpr Duration kMembersEvery = std::chrono::milliseconds(500);
// In a large cluster up to so many new records go on to the neighbours at once.
constexpr size_t kSpreadMax = 16;
// How long each address of an unreachable member is tried.
constexpr Duration kElsewhereEvery = std::chrono::seconds(5);

}  // namespace

// --- records ---

// What the caller knows and keeps, then what this node has learned beyond it in earlier lives.
Result<> Replica::Impl::begin_members(const Now& now) {
  MemberRecord& self = membership.self();
  self.incarnation = std::max(self.incarnation, now.wall_ms());
  const auto stored = database.store().meta_get(kMetaMembers);
  if (!stored) return std::unexpected(stored.error());
  std::vector<MemberRecord> learned;
  if (*stored) {
    auto decoded = decode_members(**stored);
    if (!decoded)
      return error(ErrorCode::kCorrupt, "the stored member list does not decode: " + decoded.error().message);
    learned = std::move(*decoded);
  }
  for (const MemberRecord& record : learned) {
    if (record.id == self.id) self.incarnation = std::max(self.incarnation, record.incarnation + 1);
  }
  self.signature = trust.sign(signed_bytes(self));

  const auto untrusted = [&](const MemberRecord& record) {
    return record.id != self.id && (record.name.size() > kNameBytesMax || !trust.verify(record, now.wall));
  };
  MemberList seeds = options.seeds;
  if (seeds && std::ranges::any_of(*seeds, untrusted)) {
    std::vector<MemberRecord> trusted = *seeds;
    std::erase_if(trusted, untrusted);
    seeds = make_member_list(std::move(trusted));
  }
  membership.begin(std::move(seeds));
  if (neighbours.mesh()) {
    for (size_t i = 0; i < membership.size(); ++i) tell_joined(membership.other(i));
  } else {
    event(EventKind::kMemberJoined, self.id,
          std::to_string(membership.size()) + " other members are known from before");
  }
  for (const MemberRecord& record : learned) {
    if (record.id != self.id) adopt_member(now, record);
  }
  neighbours.members_changed();
  update_neighbours(now);
  save_members();
  return {};
}

bool Replica::Impl::adopt_member(const Now& now, const MemberRecord& record) {
  if (record.name.size() > kNameBytesMax) return false;
  if (auto verified = trust.verify(record, now.wall); !verified) {
    seldom_event(now, EventKind::kBadMessage, record.id,
                 "a member record was not taken: " + verified.error().message);
    return false;
  }
  const bool known = membership.find(record.id) != nullptr;
  if (!membership.merge(record)) return false;
  if (const auto* contact = membership.contacted(record.id); contact && contact->acquainted)
    introduce(now, record);  // where it listens may have changed
  tried_at.erase(record.id);
  if (known) return true;
  neighbours.members_changed();
  tell_joined(record);
  return true;
}

void Replica::Impl::tell_joined(const MemberRecord& record) {
  event(EventKind::kMemberJoined, record.id,
        record.name + " at " + to_string(record.address) + " is a member");
}

void Replica::Impl::handle_members(const Now& now, const NodeId& from,
                                   const std::vector<MemberRecord>& records) {
  const size_t members = membership.size();
  bool self_changed = false, self_outdated = false;
  std::vector<MemberRecord> news;
  for (const MemberRecord& record : records) {
    // A restored or copied identity may be remembered with a later incarnation than ours, or with the same at
    // another address: go past it.
    const MemberRecord& own = membership.self();
    const bool past = record.incarnation > own.incarnation ||
                      (record.incarnation == own.incarnation && record.address != own.address);
    if (record.id == own.id && past && trust.verify(record, now.wall)) {
      MemberRecord& self = membership.self();
      if (record.address != self.address) {
        event(EventKind::kClone, self.id,
              "another process says that it is this node, at " + to_string(record.address) +
                  ": a data directory was copied. Stop the copy, then start this node again");
      }
      self.incarnation = record.incarnation + 1;
      self.signature = trust.sign(signed_bytes(self));
      self_changed = self_outdated = true;
      continue;
    }
    self_outdated |= record.id == own.id && replaces(own, record);
    const MemberRecord* known = membership.find(record.id);
    if (known && !replaces(record, *known)) continue;
    if (adopt_member(now, record)) news.push_back(record);
  }
  // They may look for us where we are not, so that no probe of theirs arrives which would show us that our
  // lists differ: said here, as often as they show it.
  if (self_outdated) messenger.send_small(now, from, MembersMessage{{membership.self()}});
  if (news.empty() && !self_changed) return;
  if (self_changed) news.push_back(membership.self());
  members_unsaved = true;
  // Whoever is lost is lost for good; where a known one listens now, others will say again.
  if (self_changed || membership.size() > members) save_members();
  update_neighbours(now);
  heard(now, from);
  spread(now, from, std::move(news));
}

// News of a few goes on from neighbour to neighbour, as in a large cluster lists are compared seldom.
void Replica::Impl::spread(const Now& now, const NodeId& from, std::vector<MemberRecord> news) {
  if (neighbours.mesh() || news.size() > kSpreadMax) return;
  const MembersMessage message{std::move(news)};
  for (const NodeId& peer : neighbours.connected()) {
    if (peer != from) messenger.send_small(now, peer, message);
  }
}

// Beyond what the caller keeps.
void Replica::Impl::save_members() {
  if (failed) return;
  members_unsaved = false;
  if (auto put = database.store().meta_put(kMetaMembers, encode_members(membership.learned())); !put)
    fail(put.error());
}

// All of them by stream; while there is none, ourselves alone, so that the other side can dial.
void Replica::Impl::tell_members(const Now& now, const NodeId& to) {
  if (messenger.transport().has_stream(to)) {
    messenger.send_stream(now, to, MembersMessage{membership.records()});
  } else {
    messenger.send_small(now, to, MembersMessage{{membership.self()}});
  }
}

void Replica::Impl::compare_members(const Now& now, const NodeId& from, const Hash128& members_hash) {
  if (members_hash == membership.hash()) {
    members_unlike_since.erase(from);
    return;
  }
  if (neighbours.mesh()) return tell_members(now, from);
  // A whole list is long, and what is new is on its way: only neighbours, and only after a while.
  if (!messenger.transport().has_stream(from)) return;
  const auto [since, first] = members_unlike_since.try_emplace(from, now.mono);
  if (now.mono - since->second < kMembersGrace || now.mono - members_told < kMembersEvery) return;
  members_told = now.mono;
  tell_members(now, from);
}

// --- who is there ---

void Replica::Impl::heard(const Now& now, const NodeId& from) {
  if (!membership.heard(now, from)) return;
  tried_at.erase(from);
  neighbours.reachability_changed();
  event(EventKind::kMemberBack, from, membership.find(from)->name + " answers again");
}

void Replica::Impl::check_unreachable(const Now& now) {
  for (const NodeId& id : membership.give_up(now, options.unreachable_after)) {
    neighbours.reachability_changed();
    const MemberRecord& record = *membership.find(id);
    const Instant since = membership.contacted(id)->heard.value_or(started);
    event(EventKind::kMemberUnreachable, id,
          record.name + " at " + to_string(record.address) + " has been silent for " +
              std::to_string((now.mono - since) / std::chrono::milliseconds(1)) +
              " ms; it is tried for ever");
  }
}

// --- whom to talk to ---

void Replica::Impl::introduce(const Now& now, const MemberRecord& record) {
  messenger.transport().set_peer(now, {.id = record.id,
                                       .x25519 = record.x25519,
                                       .address = record.address,
                                       .keep_stream = neighbours.wants(record.id)});
}

void Replica::Impl::acquaint(const Now& now, const NodeId& id) {
  auto* contact = membership.contact(id);
  if (!contact || contact->acquainted) return;
  contact->acquainted = true;
  introduce(now, *membership.find(id));
}

void Replica::Impl::acquaint_all(const Now& now) {
  for (size_t i = 0; i < membership.size(); ++i) acquaint(now, membership.other(i).id);
}

void Replica::Impl::update_neighbours(const Now& now) {
  for (const auto& change : neighbours.update(now)) {
    auto* contact = membership.contact(change.id);
    if (!contact) continue;
    contact->acquainted = true;
    introduce(now, *membership.find(change.id));
  }
}

void Replica::Impl::resume_pushes(const NodeId& to) {
  if (neighbours.mesh() || messenger.transport().has_stream(to)) broadcast.resume(to);
}

// --- probes ---

ProbeMessage Replica::Impl::probe_message(uint64_t sequence, bool answer) {
  const auto merged = database.merged();
  return {.sequence = sequence,
          .answer = answer,
          .clock_hash = database.clock_hash(),
          .members_hash = membership.hash(),
          .merged_clock_hash = merged_clock_hash(),
          .fingerprint = merged->fingerprints.total()};
}

// In a large cluster every other period sees a neighbour, with whom clocks and lists are compared; those
// between one of all others, and one of those unreachable: who is gone, and who is back.
NodeId Replica::Impl::next_probe_of_many() {
  std::optional<NodeId> next;
  const auto turn = probe_turn++ % 4;
  if (turn % 2 == 0) next = neighbours.next_to_probe();
  if (turn == 3) next = membership.next_unreachable();
  return next ? *next : membership.other(random.below(membership.size())).id;
}

// A small cluster is probed whole, round by round.
void Replica::Impl::probe(const Now& now) {
  std::vector<NodeId> whom;
  if (neighbours.mesh()) {
    whom = membership.next_probes(std::max(options.probes_per_period, std::min<size_t>(membership.size(), 4)),
                                  random);
  } else {
    whom.push_back(next_probe_of_many());
  }
  for (const NodeId& id : membership.unanswering(now, options.probe_period, kProbesAgainMax)) {
    if (std::ranges::find(whom, id) == whom.end()) whom.push_back(id);
  }
  for (const NodeId& id : whom) probe(now, id);
}

void Replica::Impl::probe(const Now& now, const NodeId& id) {
  membership.probing(now, id, ++probe_sequence);
  acquaint(now, id);
  if (membership.unreachable(id)) try_elsewhere(now, id);
  messenger.send_small(now, id, probe_message(probe_sequence, false));
}

// What was learned of where it listens may be wrong for good, a dead copy's address say, and then nobody is
// left to say better: where we were told to look at first is tried by turns.
void Replica::Impl::try_elsewhere(const Now& now, const NodeId& id) {
  const MemberRecord* first = membership.first_record(id);
  const MemberRecord* latest = membership.find(id);
  if (!first || first->address == latest->address) return;
  MemberRecord record = *latest;
  if ((now.mono.time_since_epoch() / kElsewhereEvery) % 2 == 0) record.address = first->address;
  if (tried_at[id] == record.address) return;
  tried_at[id] = record.address;
  introduce(now, record);
}

void Replica::Impl::handle_probe(const Now& now, const NodeId& from, const ProbeMessage& message) {
  acquaint(now, from);
  if (!message.answer) messenger.send_small(now, from, probe_message(message.sequence, true));
  // Repair goes along streams: in a large cluster whoever is no neighbour is repaired by its own.
  if (neighbours.mesh() || messenger.transport().has_stream(from)) {
    if (anti_entropy.probed(now, from, message.clock_hash)) resume_pushes(from);
  }
  compare_members(now, from, message.members_hash);
  auto* contact = membership.contact(from);
  if (!contact) return;
  if (message.answer && message.sequence == contact->probe_sequence)
    contact->round_trip = now.mono - contact->probe_sent;
  contact->probed = true;
  contact->clock_hash = message.clock_hash;
  // Every probe at a quiet moment is a check of the whole database (RULES.md, "Integrity").
  const bool same_clock = message.merged_clock_hash == merged_clock_hash();
  if (same_clock && message.fingerprint != database.merged()->fingerprints.total() &&
      unequal_told.insert(from).second) {
    event(EventKind::kFingerprintUnequal, from,
          "equal clocks, unequal fingerprints: data is damaged here or on " + membership.find(from)->name +
              "; run `tutti verify`, and on the node that is wrong move its store directory aside and start "
              "again");
  }
}

}  // namespace tutti
