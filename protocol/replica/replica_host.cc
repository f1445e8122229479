#include "protocol/replica/replica_impl.h"

namespace tutti {

void Replica::defer(const Now& now, const Deferred& request, uint64_t token) {
  struct Visitor {
    Impl& r;
    const Now& now;
    uint64_t token;

    void operator()(const FingerprintRequest&) { r.verification.ask_fingerprint(token); }
    void operator()(const VerifyRequest&) {
      r.acquaint_all(now);
      r.verification.ask_all(now, token);
    }
  };
  if (impl_->failed) {
    impl_->outputs.push_back(Deferral{token, *impl_->failed});
  } else {
    std::visit(Visitor{*impl_, now, token}, request);
  }
}

Database& Replica::database() { return impl_->database; }
Result<Dot> Replica::write(const Now& now, std::vector<Edit> edits) {
  return impl_->write(now, std::move(edits));
}
std::optional<ActorId> Replica::actor() const { return impl_->actor; }
NodeId Replica::self() const { return impl_->membership.self().id; }
std::string Replica::cluster_id() const { return impl_->options.cluster_id; }
Durability Replica::durability() const { return impl_->options.durability; }
void Replica::set_durability(Durability durability) { impl_->options.durability = durability; }
Instant Replica::started() const { return impl_->started; }

std::vector<MemberView> Replica::members(const Now& now) const {
  const Impl& r = *impl_;
  const MemberRecord& self = r.membership.self();
  std::vector<MemberView> views{{.id = self.id,
                                 .name = self.name,
                                 .address = to_string(self.address),
                                 .state = "self",
                                 .agrees = true}};
  for (size_t i = 0; i < r.membership.size(); ++i) {
    const MemberRecord& record = r.membership.other(i);
    const Membership::Contact* known = r.membership.contacted(record.id);
    const Membership::Contact contact = known ? *known : Membership::Contact{};
    const Instant since = contact.heard.value_or(r.started);
    views.push_back(
        {.id = record.id,
         .name = record.name,
         .address = to_string(record.address),
         .state = contact.unreachable ? "unreachable"
                  : contact.heard     ? "alive"
                                      : "unknown",
         .agrees = contact.probed && contact.clock_hash == r.database.clock_hash(),
         .round_trip_us = static_cast<uint64_t>(contact.round_trip / std::chrono::microseconds(1)),
         .silent_ms = static_cast<uint64_t>((now.mono - since) / std::chrono::milliseconds(1))});
  }
  return views;
}

Result<std::string> Replica::invite(const Now& now, uint64_t ttl_ms, ByteView role) {
  if (!impl_->authority.invite) {
    return error(ErrorCode::kRefused,
                 "this node does not hold the cluster key: ask a node that does (the first one made does) "
                 "for an invitation");
  }
  return impl_->authority.invite(now, ttl_ms, role);
}

std::string Replica::info(const Now&, ByteView section) const {
  const Impl& r = *impl_;
  std::string out;
  const auto line = [&](ByteView name, uint64_t value) {
    out.append(name).append(":").append(std::to_string(value)).append("\r\n");
  };
  if (section == "replication") {
    line("received_operations", r.received_operations);
    line("duplicate_operations", r.duplicate_operations);
    line("dropped_operations", r.dropped_operations);
    line("waiting_operations", r.waiting.operations());
    line("bad_messages", r.bad_messages);
    line("pulls", r.anti_entropy.pulls());
    line("push_suspensions", r.broadcast.suspensions());
    line("transferring", r.transfer_sink.active() ? 1 : 0);
    line("actors", r.database.clock().size());
  } else if (section == "persistence") {
    line("committed_position", r.committed.value);
    line("persisted_position", r.persisted.value);
    line("merged_position", r.database.merged()->position.value);
    line("merging", r.database.merging() ? 1 : 0);
    out.append("disk:").append(r.failed ? r.failed->message : "ok").append("\r\n");
  }
  return out;
}

}  // namespace tutti
