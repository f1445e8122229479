#pragma once

#include <optional>
#include <span>
#include <vector>

namespace tutti::sim {

// What a few seeds say of all. Deterministic: the resampling has a seed of its own.

struct Interval {
  std::optional<double> median;     // empty: no values
  std::optional<double> low, high;  // 95 % of the median; empty below three values
};

double median(std::vector<double> values);  // REQUIRES !values.empty()

// The percentile bootstrap of the median (Efron 1979). With few values it is coarse and rather too narrow.
Interval median_interval(std::span<const double> values);

// How likely two samples of one source have means at least as far apart as these two: the permutation test.
// It is exact where there are few ways to deal the values out; else it draws 10,000. Empty where even the
// most extreme way could not fall below 5 %, which is fewer than four values on a side.
std::optional<double> permutation_p(std::span<const double> a, std::span<const double> b);

}  // namespace tutti::sim
