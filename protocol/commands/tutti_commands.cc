#include <algorithm>
#include <chrono>

#include "protocol/commands/command_list.h"
#include "protocol/commands/replies.h"
#include "protocol/endpoint.h"
#include "protocol/roles.h"
#include "storage/base/version.h"
#include "storage/crypto/text_encoding.h"

namespace tutti {
namespace {

ByteView durability_name(Durability durability) {
  return durability == Durability::kAlways ? "always" : "interval";
}

void put_boolean(RespWriter& out, ByteView name, bool value) {
  out.bulk(name);
  out.boolean(value);
}

void put_fingerprint(const FingerprintAnswer& answer, RespWriter& out) {
  out.map(6);
  out.field("node", answer.node);
  out.field("id", to_hex(answer.id));
  out.field("clock", to_hex(answer.clock_hash));
  out.field("fingerprint", to_hex(answer.fingerprint));
  out.field("keys", static_cast<int64_t>(answer.keys));
  out.field("rows", static_cast<int64_t>(answer.rows));
}

}  // namespace

void commands::tutti_members(CommandCall& call) {
  const auto members = call.admin.members(call.now);
  call.out.array(members.size());
  for (const MemberView& member : members) {
    call.out.map(9);
    call.out.field("id", to_hex(member.id));
    call.out.field("name", member.name);
    call.out.field("address", member.address);
    call.out.field("heard_at", member.heard_at);
    call.out.field("state", member.state);
    call.out.field("health", name_of(member.health));
    put_boolean(call.out, "agrees", member.agrees);
    call.out.field("round_trip_us", static_cast<int64_t>(member.round_trip_us));
    call.out.field("silent_ms", static_cast<int64_t>(member.silent_ms));
  }
}

void commands::tutti_clock(CommandCall& call) {
  const Database& database = call.keys.database();
  call.out.map(2);
  call.out.field("hash", to_hex(database.clock_hash()));
  call.out.bulk("actors");
  const auto entries = database.clock().entries();
  call.out.map(entries.size());
  for (const auto& [actor, counter] : entries) {
    call.out.field(to_hex(actor.value), static_cast<int64_t>(counter.value));
  }
}

void commands::tutti_status(CommandCall& call) {
  Database& database = call.keys.database();
  const auto members = call.admin.members(call.now);
  const auto in_state = [&](ByteView state) {
    return std::ranges::count_if(members, [&](const MemberView& m) { return m.state == state; });
  };
  const auto self = std::ranges::find(members, "self", &MemberView::state);
  const auto merged = database.merged();
  const auto up = call.now.mono - call.admin.started();
  const Health health = call.admin.health();
  call.out.map(13);
  call.out.field("node", to_hex(call.admin.self()));
  call.out.field("name", self == members.end() ? ByteView() : ByteView(self->name));
  call.out.field("version", version());
  call.out.field("cluster", call.admin.cluster_id());
  call.out.field("clock", to_hex(database.clock_hash()));
  // As of the newest merge; DBSIZE counts.
  call.out.field("keys_estimate", static_cast<int64_t>(merged ? merged->keys : 0));
  call.out.field("members_alive", in_state("self") + in_state("alive"));
  call.out.field("members_known", static_cast<int64_t>(members.size()));
  call.out.field("durability", durability_name(call.admin.durability()));
  call.out.field("uptime_seconds", std::chrono::duration_cast<std::chrono::seconds>(up).count());
  call.out.field("health", name_of(health.state));
  call.out.field("trouble", health.words);
  call.out.field("lost", health.lost);
}

void commands::tutti_fingerprint(CommandCall& call) { call.deferred = FingerprintRequest{}; }
void commands::tutti_verify(CommandCall& call) { call.deferred = VerifyRequest{}; }

void commands::tutti_meet(CommandCall& call) {
  const auto endpoint = parse_endpoint(call.args[1]);
  if (!endpoint) return reply_error(call.out, endpoint.error());
  if (endpoint->port == 0) return call.out.error("ERR nobody listens at port 0: write the port of a member");
  call.deferred = MeetRequest{std::string(call.args[1])};
}

void commands::tutti_transfer(CommandCall& call) {
  if (call.args.size() > 2) return reply_wrong_arguments(call.out, "tutti.transfer");
  if (call.args.size() == 2) {
    const std::string word = lower_case(call.args[1]);
    if (word != "allow" && word != "deny") return call.out.error("ERR say allow or deny");
    const auto decided = call.admin.decide_transfer(word == "allow");
    return decided ? call.out.simple("OK") : reply_error(call.out, decided.error());
  }
  const auto waiting = call.admin.doubted_transfer();
  call.out.map(waiting ? 5 : 1);
  put_boolean(call.out, "waiting", waiting.has_value());
  if (!waiting) return;
  call.out.field("source", waiting->source);
  call.out.field("deletes", static_cast<int64_t>(waiting->deletes));
  call.out.field("rows", static_cast<int64_t>(waiting->rows));
  put_boolean(call.out, "denied", waiting->denied);
}

void commands::tutti_invite(CommandCall& call) {
  if (call.args.size() > 3) return reply_wrong_arguments(call.out, "tutti.invite");
  uint64_t ttl_seconds = kInvitationSecondsDefault;
  if (call.args.size() > 1) {
    const auto given = integer_argument(call, 1);
    if (!given) return;
    if (*given < 1 || static_cast<uint64_t>(*given) > kInvitationSecondsMax) {
      return call.out.error("ERR a token lasts between 1 second and 30 days");
    }
    ttl_seconds = static_cast<uint64_t>(*given);
  }
  const std::string role = call.args.size() > 2 ? lower_case(call.args[2]) : "replica";
  if (!invited_role(role)) return call.out.error("ERR a role is " + std::string(kInvitedRoles));
  const auto token = call.admin.invite(call.now, ttl_seconds * 1000, role);
  if (!token) return reply_error(call.out, token.error());
  call.out.bulk(*token);
}

void reply_deferred(const FingerprintAnswer& answer, RespWriter& out) { put_fingerprint(answer, out); }

void reply_deferred(const MeetAnswer& answer, RespWriter& out) {
  out.map(answer.reached ? 5 : 2);
  put_boolean(out, "reached", answer.reached);
  out.field("result", answer.words);
  if (!answer.reached) return;
  out.field("id", to_hex(answer.id));
  out.field("name", answer.name);
  out.field("address", answer.address);
}

void reply_deferred(const VerifyAnswer& answer, RespWriter& out) {
  out.map(3);
  put_boolean(out, "agree", answer.agree);
  out.bulk("nodes");
  out.array(answer.nodes.size());
  for (const FingerprintAnswer& node : answer.nodes) put_fingerprint(node, out);
  out.bulk("silent");
  out.array(answer.silent.size());
  for (const std::string& name : answer.silent) out.bulk(name);
}

void reply_deferred(const Error& error, RespWriter& out) { out.error("ERR " + error.message); }

}  // namespace tutti
