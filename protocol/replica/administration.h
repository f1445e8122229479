#pragma once

#include <functional>

#include "protocol/commands/admin.h"
#include "protocol/membership/membership.h"
#include "protocol/part.h"
#include "protocol/repair/transfer_doubt.h"
#include "protocol/replica/turn_pipeline.h"
#include "protocol/transport.h"

namespace tutti {

// What a replica answers to administrators.
class Administration final : public Admin {
 public:
  using Invite = std::function<Result<std::string>(const Now&, uint64_t ttl_ms, ByteView role)>;

  // References outlive this. `invite` may be empty: this node does not hold the cluster key.
  Administration(std::string cluster_id, const Database& database, const Membership& membership,
                 const Transport& transport, TurnPipeline& turns, TransferDoubt& doubt, const Parts& parts,
                 Invite invite)
      : cluster_id_(std::move(cluster_id)),
        database_(database),
        membership_(membership),
        transport_(transport),
        turns_(turns),
        doubt_(doubt),
        parts_(parts),
        invite_(std::move(invite)) {}

  NodeId self() const override { return membership_.self().id; }
  std::string cluster_id() const override { return cluster_id_; }
  std::vector<MemberView> members(const Now& now) const override;
  Durability durability() const override { return turns_.durability(); }
  void set_durability(Durability durability) override { turns_.set_durability(durability); }
  Health health() const override { return turns_.health(); }
  Instant started() const override { return membership_.begun(); }
  Result<std::string> invite(const Now& now, uint64_t ttl_ms, ByteView role) override;
  std::optional<DoubtedTransfer> doubted_transfer() const override;
  Result<> decide_transfer(bool allow) override { return doubt_.decide(allow); }
  // The metrics of all parts whose group is `section`.
  std::string info(const Now& now, ByteView section) const override;

 private:
  MemberView view(const Now& now, const MemberRecord& record) const;

  std::string cluster_id_;
  const Database& database_;
  const Membership& membership_;
  const Transport& transport_;
  TurnPipeline& turns_;
  TransferDoubt& doubt_;
  const Parts& parts_;
  Invite invite_;
};

}  // namespace tutti
