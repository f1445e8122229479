#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/machine/sim_node.h"
#include "sim/truth/history.h"

namespace tutti::sim {

// `expired`, in the end: what has ended is reaped. By the node that wrote the expiry soon, by any other after a grace.
class Reaping {
 public:
  // Both outlive this.
  Reaping(const History& history, const std::vector<std::unique_ptr<SimNode>>& nodes);

  // Something that has ended for a while is still there, and a node is to reap it at once. `all`: or after a grace that is
  // over. In words, with the node.
  struct Left {
    std::string node, what;
  };
  std::optional<Left> left(bool all) const;

 private:
  bool own(const std::vector<History::RowIndex>& rows, const Observer& observer) const;

  const History& history_;
  const std::vector<std::unique_ptr<SimNode>>& nodes_;
  struct Key {
    std::string prefix;
    bool always;  // all that was ever written there expires
  };
  std::vector<Key> keys_;  // of which something expires
};

}  // namespace tutti::sim
