#include "node/setup/authority.h"

#include <spdlog/spdlog.h>

#include "protocol/messages/message_codec.h"
#include "storage/base/check.h"

namespace tutti {

Replica::Authority ClusterAuthority::for_replica() {
  check(files_.cluster_seed.has_value(), "only a node with the cluster's key admits");
  return {
      .admit = [this](const Now& now, ByteView request,
                      const std::vector<MemberRecord>& members) { return admit(now, request, members); },
      .invite = [this](const Now& now, uint64_t ttl_ms, ByteView role) { return invite(now, ttl_ms, role); }};
}

std::string ClusterAuthority::admit(const Now& now, ByteView request,
                                    const std::vector<MemberRecord>& members) {
  auto answer = judge(now, request, members);
  if (answer) return encode_join_answer(*answer);
  spdlog::warn("a joiner was refused: {}", answer.error().message);
  JoinAnswer refused;
  refused.refusal = answer.error().message;
  return encode_join_answer(refused);
}

Result<JoinAnswer> ClusterAuthority::judge(const Now& now, ByteView bytes,
                                           const std::vector<MemberRecord>& members) {
  auto request = decode_join_request(bytes);
  if (!request) return std::unexpected(request.error());
  if (now.wall_ms() >= request->terms.expires_ms) {
    return error(ErrorCode::kRefused,
                 "This join token has expired. Make a new one with TUTTI.INVITE on a member.");
  }
  if (auto ok = ledger_.redeem(request->terms, request->id(), now.wall); !ok)
    return std::unexpected(ok.error());
  JoinAnswer answer;
  answer.certificate =
      issue_certificate(*files_.cluster_seed, {.x25519 = request->x25519,
                                               .ed25519 = request->ed25519,
                                               .roles = request->terms.roles,
                                               .expires_ms = now.wall_ms() + kCertificateLifeMs,
                                               .serial = now.wall_ms()});
  answer.cluster_public_key = files_.cluster.public_key;
  answer.discovery_secret = files_.cluster.discovery_secret;
  answer.members = encode_members(members);
  spdlog::info("{} ({}) was admitted as {}", request->name, short_name(request->id()),
               roles_text(request->terms.roles));
  return answer;
}

Result<std::string> ClusterAuthority::invite(const Now& now, uint64_t ttl_ms, ByteView role) {
  const auto invited = invited_role(role);
  if (!invited) {
    return error(ErrorCode::kMalformed,
                 "There is no role \"" + std::string(role) + "\": it is " + std::string(kInvitedRoles) + ".");
  }
  if (ttl_ms == 0 || ttl_ms > kInvitationSecondsMax * 1000) {
    return error(ErrorCode::kRefused, "A join token lives from 1 ms to 30 days.");
  }
  TokenTerms terms{.expires_ms = now.wall_ms() + ttl_ms, .roles = static_cast<Roles>(*invited)};
  random_.fill(terms.id);
  return to_text(JoinToken::issue(*files_.cluster_seed, terms, {seed_}));
}

}  // namespace tutti
