#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "protocol/node_id.h"
#include "storage/base/result.h"
#include "storage/base/time.h"

namespace tutti {

// Whether a join that would delete much of what is here is believed (rule 8). A source that is empty or damaged would
// else delete it at every node that lacks anything of the source's. A doubted join waits: for a second source whose
// state says the same, or for an operator's word.
class TransferDoubt {
 public:
  struct Options {
    uint64_t deletes_max;  // so many rows a join may always delete
    double share_max;      // and this share of the rows here
  };
  // What a join from `source` would delete of the `rows` here.
  struct Case {
    NodeId source;
    uint64_t deletes = 0, rows = 0;
  };
  // A doubted source is asked again after this long, as it may have been mended.
  static constexpr Duration kAskAgain = std::chrono::seconds(60);

  explicit TransferDoubt(Options options) : options_(options) {}

  // False: the join must wait, and `asked` is the case that waits.
  bool believes(const Now& now, const Case& asked);
  // Whether a transfer from `source` may lead to more than one that was doubted just now.
  bool may_ask(const Now& now, const NodeId& source) const;
  // A join was made: all is settled.
  void joined() { *this = TransferDoubt(options_); }

  // The case that waits. Empty: none does.
  const std::optional<Case>& waiting() const { return waiting_; }
  bool denied() const { return denied_; }
  // An operator's word. `allow`: the next join is made, whatever it deletes. Else: doubted sources are not asked again
  // before a restart, or until it is allowed after all. kRefused: none waits.
  Result<> decide(bool allow);

 private:
  Options options_;
  std::optional<Case> waiting_;
  std::set<NodeId> doubted_;
  Instant asked_{};
  bool allowed_ = false, denied_ = false;
};

}  // namespace tutti
