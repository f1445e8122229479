#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/commands/expired_rows.h"
#include "protocol/node_id.h"
#include "protocol/replica/expiry_schedule.h"
#include "protocol/replica/expiry_search.h"
#include "storage/base/time.h"
#include "storage/database.h"
#include "storage/model/operation.h"

namespace tutti {

// Mints the deletes of what has expired (RULES.md, "Expiry"). Expired is invisible at once on every node, without it;
// this gives the space back. The node that wrote the expiry does it when it is due. Any other node that has heard of
// the expiry does it after a grace, where that one is gone.
//
// Expiries are scheduled as operations are applied. What the schedule does not hold, as it was written before a start,
// came by a transfer or found no room, is found in the rows by a search off the loop. A store that never saw an expiry
// is never searched.
class Expirer {
 public:
  static constexpr size_t kKeysPerRound = 512;
  static constexpr size_t kEditsPerRound = 1024;  // of one operation; a larger key goes in several
  static constexpr Duration kRoundEvery = std::chrono::milliseconds(2);  // while more is due
  static constexpr Duration kRoundPause =
      std::chrono::milliseconds(20);  // else: what is due soon waits for the rest
  static constexpr uint64_t kGraceMs = 60'000;
  // Nodes differ in their grace by up to this, so that not all of them reap for one that is gone.
  static constexpr uint64_t kGraceSpreadMs = 30'000;
  // A key that is not in memory is fetched, and looked at again after this; the third time the loop reads the disk.
  static constexpr uint64_t kFetchMs = 10;
  static constexpr uint8_t kFetchesMax = 2;
  static constexpr uint64_t kFetchBytesMax = 64u << 10;  // of each key

  Expirer(Database& database, const NodeId& self);

  // Before anything is scheduled: whether the store may hold expiries.
  Result<> start();
  // Expiries by this actor are due without a grace: the node writes as it, or did before its last start.
  void acts_as(ActorId actor) { own_.push_back(actor); }
  // What in an applied operation expires is scheduled.
  Result<> applied(const Operation& operation);
  // Rows came by a transfer.
  Result<> joined();

  struct Round {
    std::vector<Edit> edits;         // the deletes due now; the caller writes them as one operation
    std::vector<std::string> keys;   // of these edits
    std::vector<std::string> fetch;  // targets of Database::fetch(), for a job off the loop
  };
  Result<Round> due(const Now& now);
  // The round's edits were not written: its keys are due again.
  void again(std::vector<std::string> keys);
  // When due() has work again.
  std::optional<Instant> next(const Now& now) const;

  // A search of the rows, for any thread, if one is wanted; else empty. REQUIRES that the job has ended, or is never
  // run, before the store is destroyed. Called from time to time: it takes in what the last one found.
  std::function<Result<>()> search();

  size_t scheduled() const { return schedule_.size(); }

 private:
  Result<> remember_expiries();
  uint64_t due_ms(uint64_t expires_ms, ActorId by) const;
  Result<> collect(const Now& now, ExpirySchedule::Entry entry, Round& round);

  Database& database_;
  const uint64_t grace_ms_;
  std::vector<ActorId> own_;
  ExpirySchedule schedule_;
  Instant next_round_{};

  bool expiries_known_ = false;               // the store says that it may hold expiries
  std::optional<VersionVector> search_from_;  // wanted, once a merge covers this clock
  std::shared_ptr<ExpirySearch> search_;      // under way
};

}  // namespace tutti
