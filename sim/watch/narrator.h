#pragma once

#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/messages/messages.h"
#include "sim/truth/history.h"
#include "storage/base/time.h"

namespace tutti::sim {

// Tells a run to a person, one line an event: time, node, what happened, and why, which is what the node was
// doing.
//
//    3.201334  n1  applies n0#1:4: k3 = "v17"                    <- push n0#1:4 from n0
class Narrator {
 public:
  struct Filter {
    std::optional<size_t> node;
    std::string key;  // only what touches it; empty: everything
    double from_s = 0;
  };
  // `file` stays the caller's; both outlive this.
  Narrator(std::FILE* file, Filter filter, const History& history)
      : file_(file), filter_(std::move(filter)), history_(history) {}

  // The name that lines give to the node.
  void introduce(const NodeId& id, std::string name) { names_[id] = std::move(name); }

  // A turn begins at the node. `why` is the reason of what it does until the next turn.
  void because(size_t node, std::string why) { why_[node] = std::move(why); }
  // Something that stands for itself: a fault, a start, a remark of the core.
  void happened(Instant at, size_t node, std::string_view what);
  void commanded(Instant at, size_t node, const std::vector<std::string>& words);
  void heard(Instant at, size_t node, const NodeId& from, bool datagram, const Message& message);
  void wrote(Instant at, size_t node, const Operation& operation);
  void applied(Instant at, size_t node, const Operation& operation);
  void joined(Instant at, size_t node, const VersionVector& clock);

 private:
  bool wanted(Instant at, size_t node) const;
  void line(Instant at, size_t node, const std::string& what, std::string_view why);
  void operation(Instant at, size_t node, const char* verb, const Operation& operation);

  std::FILE* file_;
  Filter filter_;
  const History& history_;
  std::map<NodeId, std::string> names_;
  std::map<size_t, std::string> why_;
};

}  // namespace tutti::sim
