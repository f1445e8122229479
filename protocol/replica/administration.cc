#include "protocol/replica/administration.h"

namespace tutti {

MemberView Administration::view(const Now& now, const MemberRecord& record) const {
  const Membership::Contact* known = membership_.contacted(record.id);
  const Membership::Contact contact = known ? *known : Membership::Contact{};
  const auto in_use = transport_.address_of(record.id);
  return {
      .id = record.id,
      .name = record.name,
      .address = to_string(record.address),
      .heard_at = in_use && *in_use != record.address ? to_string(*in_use) : std::string(),
      .state = contact.unreachable ? "unreachable"
               : contact.heard     ? "alive"
                                   : "unknown",
      .health = contact.health,
      .agrees = contact.probed && contact.clock_hash == database_.clock_hash(),
      .round_trip_us = static_cast<uint64_t>(contact.round_trip / std::chrono::microseconds(1)),
      .silent_ms = static_cast<uint64_t>(membership_.silence(now, record.id) / std::chrono::milliseconds(1))};
}

std::vector<MemberView> Administration::members(const Now& now) const {
  const MemberRecord& self = membership_.self();
  std::vector<MemberView> views{{.id = self.id,
                                 .name = self.name,
                                 .address = to_string(self.address),
                                 .heard_at = {},
                                 .state = "self",
                                 .health = turns_.health().state,
                                 .agrees = true}};
  for (size_t i = 0; i < membership_.size(); ++i) views.push_back(view(now, membership_.other(i)));
  return views;
}

Result<std::string> Administration::invite(const Now& now, uint64_t ttl_ms, ByteView role) {
  if (!invite_) {
    return error(ErrorCode::kRefused,
                 "this node does not hold the cluster key: ask a node that does (the first one made does) "
                 "for an invitation");
  }
  return invite_(now, ttl_ms, role);
}

std::optional<DoubtedTransfer> Administration::doubted_transfer() const {
  const auto& waiting = doubt_.waiting();
  if (!waiting) return std::nullopt;
  const MemberRecord* source = membership_.find(waiting->source);
  return DoubtedTransfer{source ? source->name : to_hex(waiting->source), waiting->deletes, waiting->rows,
                         doubt_.denied()};
}

std::string Administration::info(const Now&, ByteView section) const {
  std::string out;
  const auto line = [&](ByteView name, ByteView value) {
    out.append(name).append(":").append(value).append("\r\n");
  };
  for (const Part* part : parts_) {
    part->metrics([&](ByteView group, ByteView name, uint64_t value) {
      if (group == section) line(name, std::to_string(value));
    });
  }
  if (section == "replication") line("actors", std::to_string(database_.clock().size()));
  if (section == "persistence") {
    if (!turns_.health().words.empty()) line("trouble", turns_.health().words);
    if (!turns_.health().lost.empty()) line("lost", turns_.health().lost);
  }
  return out;
}

}  // namespace tutti
