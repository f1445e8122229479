#include "sim/plans/search.h"

#include <algorithm>

namespace tutti::sim {
namespace {

constexpr int kHalvingsMax = 5;

// So that the grid takes some twenty tries, however many freedoms there are.
size_t values_per_axis(size_t axes) { return axes <= 1 ? 6 : axes == 2 ? 4 : axes == 3 ? 3 : 2; }

}  // namespace

Search::Search(std::vector<Freedom> freedoms, size_t tries_max, Evaluate evaluate)
    : freedoms_(std::move(freedoms)), tries_max_(tries_max), evaluate_(std::move(evaluate)) {}

void Search::run() {
  std::vector<std::vector<double>> points = {{}};
  for (const Freedom& freedom : freedoms_) {
    std::vector<std::vector<double>> longer;
    for (const auto& point : points) {
      for (const double value : spread(freedom, values_per_axis(freedoms_.size()))) {
        longer.push_back(point);
        longer.back().push_back(value);
      }
    }
    points = std::move(longer);
  }
  if (points.size() > tries_max_) points.resize(tries_max_);
  tries_ = evaluate_(points);
  for (bool better = true; better && best();) {
    better = false;
    for (size_t axis = 0; axis < freedoms_.size(); ++axis) better |= better_along(axis);
  }
}

std::optional<size_t> Search::best() const {
  std::optional<size_t> best;
  for (size_t i = 0; i < tries_.size(); ++i) {
    if (tries_[i].meets && tries_[i].cost && (!best || *tries_[i].cost < *tries_[*best].cost)) best = i;
  }
  return best;
}

const Search::Try* Search::find(const std::vector<double>& point) const {
  const auto at = std::ranges::find(tries_, point, &Try::point);
  return at == tries_.end() ? nullptr : &*at;
}

const Search::Try* Search::evaluate_one(const std::vector<double>& point) {
  if (const Try* known = find(point)) return known;
  if (tries_.size() >= tries_max_) return nullptr;
  tries_.push_back(evaluate_({point}).front());
  return &tries_.back();
}

// Whether a cheaper point was found between the best one and its nearest neighbours on this axis.
bool Search::better_along(size_t axis) {
  const std::vector<double> at = tries_[*best()].point;
  std::optional<double> below, above;
  for (const Try& other : tries_) {
    std::vector<double> same = other.point;
    same[axis] = at[axis];
    if (same != at) continue;
    const double value = other.point[axis];
    if (value < at[axis] && (!below || value > *below)) below = value;
    if (value > at[axis] && (!above || value < *above)) above = value;
  }
  bool better = false;
  for (const auto& neighbour : {below, above}) {
    if (neighbour) better |= bisect(axis, *neighbour);
  }
  return better;
}

// Towards a neighbour that costs less and misses a target.
bool Search::bisect(size_t axis, double bad) {
  std::vector<double> point = tries_[*best()].point;
  point[axis] = bad;
  const Try* neighbour = find(point);
  if (!neighbour || neighbour->meets) return false;
  if (neighbour->cost && *neighbour->cost >= *tries_[*best()].cost) return false;
  bool better = false;
  double good = tries_[*best()].point[axis];
  for (int i = 0; i < kHalvingsMax; ++i) {
    point[axis] = between(freedoms_[axis], good, bad);
    if (point[axis] == good || point[axis] == bad) break;
    const double cost = *tries_[*best()].cost;
    const Try* half_way = evaluate_one(point);
    if (!half_way) break;
    if (!half_way->meets) {
      bad = point[axis];
    } else if (half_way->cost && *half_way->cost < cost) {
      good = point[axis];
      better = true;
    } else {
      break;
    }
  }
  return better;
}

}  // namespace tutti::sim
