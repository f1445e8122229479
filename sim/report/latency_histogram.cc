#include "sim/report/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tutti::sim {
namespace {

constexpr int kFineBits = 6;
constexpr uint64_t kFine = 1u << kFineBits;  // buckets an octave

size_t bucket_of(uint64_t us) {
  if (us < kFine) return us;
  const int shift = std::bit_width(us) - 1 - kFineBits;
  return static_cast<size_t>((static_cast<uint64_t>(shift) + 1) * kFine + ((us >> shift) - kFine));
}

// The largest value that the bucket holds.
double top_ms(size_t bucket) {
  if (bucket < kFine) return static_cast<double>(bucket) / 1e3;
  const uint64_t shift = bucket / kFine - 1;
  const uint64_t top = ((bucket % kFine + kFine + 1) << shift) - 1;
  return static_cast<double>(top) / 1e3;
}

}  // namespace

void LatencyHistogram::add(Duration taken) {
  const auto us = static_cast<uint64_t>(std::max<int64_t>(0, taken.count() / 1000));
  const size_t bucket = bucket_of(us);
  if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
  ++buckets_[bucket];
  ++count_;
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  if (other.buckets_.size() > buckets_.size()) buckets_.resize(other.buckets_.size());
  for (size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
}

std::optional<double> LatencyHistogram::quantile(double share) const {
  if (count_ == 0) return std::nullopt;
  const auto wanted =
      std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_))));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return top_ms(i);
  }
  return std::nullopt;
}

std::vector<LatencyHistogram::Step> LatencyHistogram::steps() const {
  std::vector<Step> steps;
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    if (buckets_[i] == 0) continue;
    seen += buckets_[i];
    steps.push_back({top_ms(i), static_cast<double>(seen) / static_cast<double>(count_)});
  }
  return steps;
}

}  // namespace tutti::sim
