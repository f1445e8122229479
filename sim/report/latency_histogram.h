#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "storage/base/time.h"

namespace tutti::sim {

// How long things took, in buckets that grow with what they hold (Tene's HdrHistogram): each is at most 1/64
// of its value wide, from a microsecond up, so that any number of samples takes some kilobytes and a quantile
// is off by less than 1.6 %. Exact below 64 us.
class LatencyHistogram {
 public:
  struct Step {
    double ms;     // this or less ...
    double share;  // ... took this share of all
  };

  void add(Duration taken);
  void add(const LatencyHistogram& other);
  uint64_t count() const { return count_; }
  // Milliseconds; empty where there are no samples. REQUIRES 0 < share <= 1.
  std::optional<double> quantile(double share) const;
  // Every bucket that holds something, ascending; the last share is 1.
  std::vector<Step> steps() const;

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
};

}  // namespace tutti::sim
