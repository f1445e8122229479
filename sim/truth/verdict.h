#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/time.h"

namespace tutti::sim {

// What a checker found wrong.
struct Failure {
  std::string checker;  // its name, as in README.md
  Instant at{};
  std::string node;  // empty: the cluster
  std::string what;  // one paragraph: what differed from what
};

// Where checkers report. The first failure is kept: what follows it is mostly its consequence. The run stops
// at the end of the event amid which it was found.
class Verdict {
 public:
  // `off`: checkers whose findings do not count.
  explicit Verdict(std::vector<std::string> off = {}) : off_(std::move(off)) {}

  bool judges(std::string_view checker) const { return std::ranges::find(off_, checker) == off_.end(); }
  void fail(std::string checker, Instant at, std::string node, std::string what) {
    if (!failure_ && judges(checker)) failure_ = {std::move(checker), at, std::move(node), std::move(what)};
  }
  bool failed() const { return failure_.has_value(); }
  const std::optional<Failure>& failure() const { return failure_; }

 private:
  std::vector<std::string> off_;
  std::optional<Failure> failure_;
};

}  // namespace tutti::sim
