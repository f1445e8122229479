#pragma once

#include "node/setup/data_directory.h"
#include "node/setup/token_ledger.h"
#include "protocol/random.h"
#include "protocol/replica/replica.h"
#include "protocol/session/admission.h"

namespace tutti {

// The lifetime of a node's certificate.
constexpr uint64_t kCertificateLifeMs = 10ull * 365 * 24 * 3600 * 1000;

// Admits nodes to the cluster, on a node that has the cluster's key: makes tokens, and admits a joiner with a token.
// Loop thread only.
class ClusterAuthority {
 public:
  // `seed`: the address in the tokens, this node's. References outlive this.
  ClusterAuthority(const NodeFiles& files, JoinToken::Seed seed, TokenLedger ledger, Random& random)
      : files_(files), seed_(seed), ledger_(std::move(ledger)), random_(random) {}

  // For Replica: both forms of its Authority. REQUIRES files.cluster_seed.
  Replica::Authority for_replica();

  // The encoded answer to an encoded join request.
  std::string admit(const Now& now, ByteView request, const std::vector<MemberRecord>& members);
  // A token for one node, valid for `ttl_ms` from now (at most kInvitationSecondsMax). kMalformed: invited_role() does
  // not know the role.
  Result<std::string> invite(const Now& now, uint64_t ttl_ms, ByteView role);

 private:
  Result<JoinAnswer> judge(const Now& now, ByteView bytes, const std::vector<MemberRecord>& members);

  const NodeFiles& files_;
  JoinToken::Seed seed_;
  TokenLedger ledger_;
  Random& random_;
};

}  // namespace tutti
