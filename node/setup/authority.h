#pragma once

#include "node/setup/data_directory.h"
#include "node/setup/token_ledger.h"
#include "protocol/random.h"
#include "protocol/replica/replica.h"
#include "protocol/session/admission.h"

namespace tutti {

// How long a node's certificate is good for.
constexpr uint64_t kCertificateLifeMs = 10ull * 365 * 24 * 3600 * 1000;

// Lets nodes into the cluster, where its key is at hand: invites with tokens, admits who brings one. Loop thread only.
class ClusterAuthority {
 public:
  // `seed`: who joiners are sent to, this node. References outlive this.
  ClusterAuthority(const NodeFiles& files, JoinToken::Seed seed, TokenLedger ledger, Random& random)
      : files_(files), seed_(seed), ledger_(std::move(ledger)), random_(random) {}

  // For Replica: both forms of its Authority. REQUIRES files.cluster_seed.
  Replica::Authority for_replica();

  // A join request's bytes to the answer's.
  std::string admit(const Now& now, ByteView request, const std::vector<MemberRecord>& members);
  // A token for one node, good for `ttl_ms` from now (at most kInvitationSecondsMax). kMalformed: a role that
  // invited_role() does not know.
  Result<std::string> invite(const Now& now, uint64_t ttl_ms, ByteView role);

 private:
  Result<JoinAnswer> judge(const Now& now, ByteView bytes, const std::vector<MemberRecord>& members);

  const NodeFiles& files_;
  JoinToken::Seed seed_;
  TokenLedger ledger_;
  Random& random_;
};

}  // namespace tutti
