#pragma once

#include <queue>
#include <string>
#include <vector>

#include "storage/base/time.h"
#include "storage/database.h"
#include "storage/model/operation.h"

namespace tutti {

// Mints the deletes of what has expired (RULES.md, "Expiry"). Expired is invisible at once on every node,
// without it; this gives the space back. The writer's node does it when due; where that one is gone, a slow
// sweep over all keys does it after a grace.
class Expirer {
 public:
  static constexpr size_t kScheduledMax = 1u << 20;  // beyond it the sweep alone finds them
  static constexpr size_t kEditsPerTurnMax = 256;
  static constexpr size_t kSweptPerTurn = 256;  // keys
  static constexpr Duration kSweepEvery = std::chrono::seconds(1);
  static constexpr Duration kSweepPause = std::chrono::seconds(10);  // once all keys were seen
  static constexpr uint64_t kGraceMs = 60'000;

  explicit Expirer(Database& database) : database_(database) {}

  // An operation minted here: what in it expires is scheduled.
  void minted(const Operation& operation);
  // The deletes due now; the caller writes them as one operation.
  Result<std::vector<Edit>> due(const Now& now);

 private:
  struct Scheduled {
    uint64_t expires_ms;
    std::string row_key;
    bool operator>(const Scheduled& o) const { return expires_ms > o.expires_ms; }
  };
  Result<> collect(const std::string& row_key, uint64_t by_ms, std::vector<Edit>& edits);
  Result<> sweep(const Now& now, std::vector<Edit>& edits);

  Database& database_;
  std::priority_queue<Scheduled, std::vector<Scheduled>, std::greater<>> scheduled_;
  std::string sweep_from_;
  Instant next_sweep_{};
};

}  // namespace tutti
