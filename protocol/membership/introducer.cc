#include "protocol/membership/introducer.h"

#include <algorithm>
#include <vector>

namespace tutti {

void Introducer::introduce(const Now& now, const MemberRecord& record) {
  const auto elsewhere = elsewhere_.find(record.id);
  transport_.set_peer(now, {.id = record.id,
                            .x25519 = record.x25519,
                            .address = elsewhere == elsewhere_.end() ? record.address : elsewhere->second.at,
                            .keep_stream = neighbours_.wants(record.id)});
}

void Introducer::acquaint(const Now& now, const NodeId& id) {
  auto* contact = membership_.contact(id);
  if (!contact || contact->acquainted) return;
  contact->acquainted = true;
  introduce(now, *membership_.find(id));
}

void Introducer::acquaint_all(const Now& now) {
  for (size_t i = 0; i < membership_.size(); ++i) acquaint(now, membership_.other(i).id);
}

void Introducer::moved(const Now& now, const MemberRecord& record) {
  elsewhere_.erase(record.id);
  const auto* contact = membership_.contacted(record.id);
  if (contact && contact->acquainted) introduce(now, record);
}

void Introducer::update(const Now& now) {
  for (const auto& change : neighbours_.update(now)) {
    auto* contact = membership_.contact(change.id);
    if (!contact) continue;
    contact->acquainted = true;
    introduce(now, *membership_.find(change.id));
  }
}

// The learned address may be wrong for good, such as the address of a dead copy, and then nobody corrects it. So the
// address of the first list is tried in turn with it, and the one where the member was found.
void Introducer::try_elsewhere(const Now& now, const NodeId& id) {
  const MemberRecord& latest = *membership_.find(id);
  const MemberRecord* first = membership_.first_record(id);
  const auto known = elsewhere_.find(id);
  std::vector<Address> addresses{latest.address};
  const auto add = [&](const Address& address) {
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  };
  if (first) add(first->address);
  if (known != elsewhere_.end() && known->second.found) add(*known->second.found);
  if (addresses.size() == 1) return;
  if (known != elsewhere_.end() && now.mono - known->second.since < kElsewhereEvery) return;
  Elsewhere& place = elsewhere_.try_emplace(id, Elsewhere{latest.address, {}, {}}).first->second;
  const auto last = std::ranges::find(addresses, place.at);
  place.at = last == addresses.end() || last + 1 == addresses.end() ? addresses.front() : *(last + 1);
  place.since = now.mono;
  introduce(now, latest);
}

void Introducer::found(const Now& now, const Transport::Greeted& member) {
  auto* contact = membership_.contact(member.id);
  if (!contact) {
    return transport_.set_peer(
        now, {.id = member.id, .x25519 = member.x25519, .address = member.at, .keep_stream = false});
  }
  if (contact->heard && !contact->unreachable) return;
  const auto known = elsewhere_.find(member.id);
  // Where it is found again and again without a word of it, the other addresses get their turn.
  if (known != elsewhere_.end() && known->second.found == member.at) return;
  elsewhere_[member.id] = {member.at, now.mono, member.at};
  contact->acquainted = true;
  introduce(now, *membership_.find(member.id));
}

// Where it is heard from is where it is tried now, or it has come from where its record says.
void Introducer::reached(const Now& now, const NodeId& id) {
  const auto place = elsewhere_.find(id);
  if (place == elsewhere_.end() || transport_.address_of(id) == place->second.at) return;
  elsewhere_.erase(place);
  introduce(now, *membership_.find(id));
}

}  // namespace tutti
