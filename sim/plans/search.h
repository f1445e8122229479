#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "sim/plans/target.h"

namespace tutti::sim {

// Looks for the point of least cost that meets every target: a coarse grid over all freedoms, then from the
// cheapest point that meets them, bisection along each axis towards neighbours that are cheaper and do not.
// It ends at a point that no step along one axis makes cheaper. Where two axes trade against each other a
// cheaper point may exist: some per cent cheaper in the tests.
class Search {
 public:
  struct Try {
    std::vector<double> point;  // a value for each freedom
    bool meets = false;
    std::optional<double> cost;  // empty: no run told
  };
  // Evaluates several points at once; in their order.
  using Evaluate = std::function<std::vector<Try>(const std::vector<std::vector<double>>&)>;

  Search(std::vector<Freedom> freedoms, size_t tries_max, Evaluate evaluate);
  void run();

  // In the order they were made.
  const std::vector<Try>& tries() const { return tries_; }
  // The index of the cheapest that meets the targets.
  std::optional<size_t> best() const;

 private:
  bool better_along(size_t axis);
  bool bisect(size_t axis, double bad);
  const Try* find(const std::vector<double>& point) const;
  // Null: no more tries are allowed.
  const Try* evaluate_one(const std::vector<double>& point);

  std::vector<Freedom> freedoms_;
  size_t tries_max_;
  Evaluate evaluate_;
  std::vector<Try> tries_;
};

}  // namespace tutti::sim
