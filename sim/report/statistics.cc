#include "sim/report/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/kernel/seeded_random.h"

namespace tutti::sim {
namespace {

constexpr size_t kResamples = 2000;
constexpr size_t kIntervalValuesMin = 3, kTestValuesMin = 4;
constexpr uint64_t kExactWaysMax = 20'000;
constexpr size_t kRandomWays = 10'000;

// In how many ways `chosen` of `all` can be chosen; beyond the bound, just more than it.
uint64_t ways(size_t all, size_t chosen) {
  double n = 1;
  for (size_t i = 1; i <= chosen; ++i) {
    n = n * static_cast<double>(all - chosen + i) / static_cast<double>(i);
    if (n > static_cast<double>(kExactWaysMax)) return kExactWaysMax + 1;
  }
  return static_cast<uint64_t>(std::llround(n));
}

}  // namespace

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Interval median_interval(std::span<const double> values) {
  if (values.empty()) return {};
  Interval made{median({values.begin(), values.end()}), {}, {}};
  if (values.size() < kIntervalValuesMin) return made;
  SeededRandom random(1, "bootstrap");
  std::vector<double> medians;
  std::vector<double> drawn(values.size());
  for (size_t i = 0; i < kResamples; ++i) {
    for (double& value : drawn) value = values[random.index(values.size())];
    medians.push_back(median(drawn));
  }
  std::ranges::sort(medians);
  made.low = medians[kResamples * 25 / 1000];
  made.high = medians[kResamples * 975 / 1000 - 1];
  return made;
}

std::optional<double> permutation_p(std::span<const double> a, std::span<const double> b) {
  if (a.size() < kTestValuesMin || b.size() < kTestValuesMin) return std::nullopt;
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  const double sum = std::accumulate(all.begin(), all.end(), 0.0);
  const auto size_a = static_cast<double>(a.size()), size_b = static_cast<double>(b.size());
  const auto apart = [&](double sum_a) { return std::fabs(sum_a / size_a - (sum - sum_a) / size_b); };
  // Equal values added in another order differ in their last bits.
  const double wanted = apart(std::accumulate(a.begin(), a.end(), 0.0)) * (1 - 1e-12);
  uint64_t as_far = 0, tried = 0;
  const auto count = [&](double sum_a) {
    ++tried;
    if (apart(sum_a) >= wanted) ++as_far;
  };
  if (ways(all.size(), a.size()) <= kExactWaysMax) {
    std::vector<bool> chosen(all.size());
    std::fill(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(a.size()), true);
    do {
      double sum_a = 0;
      for (size_t i = 0; i < all.size(); ++i) sum_a += chosen[i] ? all[i] : 0;
      count(sum_a);
    } while (std::prev_permutation(chosen.begin(), chosen.end()));
    return static_cast<double>(as_far) / static_cast<double>(tried);
  }
  SeededRandom random(1, "permutation");
  for (size_t way = 0; way < kRandomWays; ++way) {
    for (size_t i = 0; i < a.size(); ++i) std::swap(all[i], all[i + random.index(all.size() - i)]);
    count(std::accumulate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(a.size()), 0.0));
  }
  // The one at hand is a way too: no p is ever zero.
  return static_cast<double>(as_far + 1) / static_cast<double>(tried + 1);
}

}  // namespace tutti::sim
