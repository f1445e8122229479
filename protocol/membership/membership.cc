#include "protocol/membership/membership.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/check.h"

namespace tutti {

std::string signed_bytes(const MemberRecord& record) {
  const auto put_array = [](std::string& out, const auto& bytes) {
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  std::string out = "tutti member";
  put_array(out, record.id.bytes);
  put_array(out, record.x25519);
  put_bytes(out, record.name);
  put_array(out, record.address.ip);
  put_varint(out, record.address.port);
  put_varint(out, record.incarnation);
  put_bytes(out, record.certificate);
  return out;
}

Hash128 Membership::hash_of(const MemberRecord& record) const {
  const auto& id = record.id.bytes;
  const auto& ip = record.address.ip;
  std::array<char, sizeof record.id.bytes + sizeof record.incarnation + sizeof record.address.ip + 2> bytes;
  char* at = std::ranges::copy(id, bytes.data()).out;
  for (size_t i = 0; i < sizeof record.incarnation; ++i)
    *at++ = static_cast<char>(record.incarnation >> (8 * i));
  at = std::ranges::copy(ip, at).out;
  *at++ = static_cast<char>(record.address.port);
  *at++ = static_cast<char>(record.address.port >> 8);
  return siphash128(key_, {bytes.data(), bytes.size()});
}

// --- records ---

void Membership::begin(MemberList list, Instant now) {
  check(size() == 0, "members are known only after the list to begin with");
  begun_ = now;
  list_ = std::move(list);
  if (!list_) return;
  for (size_t i = 0; i < list_->size(); ++i) {
    if ((*list_)[i].id == self_.id) {
      self_at_ = i;
    } else {
      others_hash_ += hash_of((*list_)[i]);
    }
  }
}

const MemberRecord& Membership::other(size_t index) const {
  if (index >= begun_with()) return learned_.at(news_[index - begun_with()]);
  const MemberRecord& record = (*list_)[self_at_ && index >= *self_at_ ? index + 1 : index];
  if (learned_.empty()) return record;
  const auto newer = learned_.find(record.id);
  return newer == learned_.end() ? record : newer->second;
}

const MemberRecord* Membership::find(const NodeId& id) const {
  if (id == self_.id) return nullptr;
  if (const auto at = learned_.find(id); at != learned_.end()) return &at->second;
  return first_record(id);
}

const MemberRecord* Membership::first_record(const NodeId& id) const {
  if (!list_) return nullptr;
  const auto at = std::ranges::lower_bound(*list_, id, {}, &MemberRecord::id);
  return at != list_->end() && at->id == id ? &*at : nullptr;
}

const NodeId& Membership::after(const NodeId& id) const {
  const NodeId* next = nullptr;
  const auto candidate = [&](const NodeId& other) {
    const bool wraps = other <= id, next_wraps = next && *next <= id;
    if (!next || (wraps == next_wraps ? other < *next : next_wraps)) next = &other;
  };
  if (begun_with() > 0) {
    auto at = std::ranges::upper_bound(*list_, id, {}, &MemberRecord::id);
    if (at == list_->end()) at = list_->begin();
    if (at->id == self_.id) ++at;
    if (at == list_->end()) at = list_->begin();
    candidate(at->id);
  }
  if (!learned_.empty()) {
    const auto at = learned_.upper_bound(id);
    candidate(at == learned_.end() ? learned_.begin()->first : at->first);
  }
  check(next != nullptr, "a ring of somebody");
  return *next;
}

bool Membership::merge(const MemberRecord& record) {
  if (record.id == self_.id) return false;
  const MemberRecord* known = find(record.id);
  if (known && !replaces(record, *known)) return false;
  if (known) {
    others_hash_ -= hash_of(*known);
  } else {
    news_.push_back(record.id);
  }
  others_hash_ += hash_of(record);
  learned_[record.id] = record;
  return true;
}

std::vector<MemberRecord> Membership::records() const {
  std::vector<MemberRecord> all{self_};
  all.reserve(1 + size());
  for (size_t i = 0; i < size(); ++i) all.push_back(other(i));
  return all;
}

std::vector<MemberRecord> Membership::learned() const {
  std::vector<MemberRecord> all{self_};
  for (const auto& [id, record] : learned_) all.push_back(record);
  return all;
}

Hash128 Membership::hash() const {
  Hash128 sum = others_hash_;
  sum += hash_of(self_);
  return sum;
}

// --- contacts ---

Membership::Contact* Membership::contact(const NodeId& id) {
  if (const auto at = contacts_.find(id); at != contacts_.end()) return &at->second;
  return find(id) ? &contacts_[id] : nullptr;
}

const Membership::Contact* Membership::contacted(const NodeId& id) const {
  const auto at = contacts_.find(id);
  return at == contacts_.end() ? nullptr : &at->second;
}

bool Membership::unreachable(const NodeId& id) const {
  const Contact* contact = contacted(id);
  return contact && contact->unreachable;
}

Duration Membership::silence(const Now& now, const NodeId& id) const {
  const Contact* contact = contacted(id);
  return now.mono - (contact ? contact->heard.value_or(begun_) : begun_);
}

void Membership::forget_contact(const NodeId& id) {
  contacts_.erase(id);
  unanswering_.erase(id);
  unreachable_.erase(id);
}

// --- probes ---

std::vector<NodeId> Membership::next_probes(size_t count, Random& random) {
  std::vector<NodeId> next;
  while (next.size() < count && next.size() < size()) {
    if (round_.empty()) {
      for (size_t i = 0; i < size(); ++i) {
        const NodeId& id = other(i).id;
        if (std::find(next.begin(), next.end(), id) == next.end()) round_.push_back(id);
      }
    }
    const size_t pick = random.below(round_.size());
    std::swap(round_[pick], round_.back());
    next.push_back(round_.back());
    round_.pop_back();
  }
  return next;
}

void Membership::probing(const Now& now, const NodeId& id, uint64_t sequence) {
  Contact* to = contact(id);
  if (!to) return;
  to->probe_sequence = sequence;
  to->probe_sent = now.mono;
  if (to->unanswered_since) return;
  to->unanswered_since = now.mono;
  if (!to->unreachable) unanswering_.insert(id);
}

bool Membership::heard(const Now& now, const NodeId& id) {
  Contact* from = contact(id);
  if (!from) return false;
  from->heard = now.mono;
  if (from->unanswered_since) {
    from->unanswered_since.reset();
    unanswering_.erase(id);
  }
  if (!from->unreachable) return false;
  from->unreachable = false;
  unreachable_.erase(id);
  return true;
}

std::vector<NodeId> Membership::unanswering(const Now& now, Duration wait, size_t count) const {
  std::vector<NodeId> found;
  for (const NodeId& id : unanswering_) {
    if (found.size() == count) break;
    if (now.mono - *contacts_.at(id).unanswered_since >= wait) found.push_back(id);
  }
  return found;
}

std::vector<NodeId> Membership::give_up(const Now& now, Duration wait) {
  const auto found = unanswering(now, wait, unanswering_.size());
  for (const NodeId& id : found) {
    contacts_.at(id).unreachable = true;
    unanswering_.erase(id);
    unreachable_.insert(id);
  }
  return found;
}

std::optional<NodeId> Membership::next_unreachable() {
  if (unreachable_.empty()) return std::nullopt;
  auto next = unreachable_.upper_bound(retried_last_);
  if (next == unreachable_.end()) next = unreachable_.begin();
  return retried_last_ = *next;
}

}  // namespace tutti
