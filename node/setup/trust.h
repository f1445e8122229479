#pragma once

#include "protocol/identity/identity.h"
#include "protocol/membership/member_record.h"
#include "storage/crypto/key.h"

namespace tutti {

// Trusts a member if the cluster has signed its certificate and the member has signed its record.
class CertificateTrust final : public MemberTrust {
 public:
  CertificateTrust(const Key32& cluster_public_key, const NodeKeys& keys)
      : cluster_public_key_(cluster_public_key), keys_(keys) {}

  // Three signature checks at most, some 160 us.
  Result<> verify(const MemberRecord& record, WallTime now) const override;
  std::string sign(ByteView bytes) const override;

 private:
  Key32 cluster_public_key_;
  NodeKeys keys_;
};

}  // namespace tutti
