#include "protocol/membership.h"

#include <algorithm>

#include "storage/bytes.h"

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

Membership::Member* Membership::find(const NodeId& id) {
  const auto at = others_.find(id);
  return at == others_.end() ? nullptr : &at->second;
}

bool Membership::merge(const MemberRecord& record) {
  if (record.id == self_.id) return false;
  const auto [at, fresh] = others_.try_emplace(record.id);
  if (!fresh && at->second.record.incarnation >= record.incarnation) return false;
  at->second.record = record;
  return true;
}

std::vector<MemberRecord> Membership::records() const {
  std::vector<MemberRecord> all{self_};
  for (const auto& [id, member] : others_) all.push_back(member.record);
  return all;
}

Hash128 Membership::hash() const {
  const auto of = [&](const MemberRecord& record) {
    std::string bytes(reinterpret_cast<const char*>(record.id.bytes.data()), record.id.bytes.size());
    put_u64(bytes, record.incarnation);
    return siphash128(key_, bytes);
  };
  Hash128 sum = of(self_);
  for (const auto& [id, member] : others_) sum += of(member.record);
  return sum;
}

std::vector<NodeId> Membership::next_probes(size_t count, Random& random) {
  std::vector<NodeId> next;
  while (next.size() < count && next.size() < others_.size()) {
    if (round_.empty()) {
      for (const auto& [id, member] : others_) {
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

}  // namespace tutti
