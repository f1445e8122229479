#include "protocol/membership/introducer.h"

namespace tutti {

void Introducer::introduce(const Now& now, const MemberRecord& record) {
  transport_.set_peer(now, {.id = record.id,
                            .x25519 = record.x25519,
                            .address = record.address,
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
  const auto* contact = membership_.contacted(record.id);
  if (contact && contact->acquainted) introduce(now, record);
  tried_at_.erase(record.id);
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
// address of the first list is tried in turn with it.
void Introducer::try_elsewhere(const Now& now, const NodeId& id) {
  const MemberRecord* first = membership_.first_record(id);
  const MemberRecord* latest = membership_.find(id);
  if (!first || first->address == latest->address) return;
  MemberRecord record = *latest;
  if ((now.mono.time_since_epoch() / kElsewhereEvery) % 2 == 0) record.address = first->address;
  if (tried_at_[id] == record.address) return;
  tried_at_[id] = record.address;
  introduce(now, record);
}

}  // namespace tutti
