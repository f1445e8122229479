#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "storage/base/time.h"

namespace tutti::sim {

// Scenarios and reports count in seconds, milliseconds and bytes a second; a run counts in nanoseconds. This
// is the one place that converts. REQUIRES that the result fits: settings have bounds.

// Rounds to the nearest nanosecond, so that an instant written by to_seconds() is read back as the same
// instant.
inline Duration from_seconds(double s) { return Duration(std::llround(s * 1e9)); }
// Drops the fraction of a nanosecond.
inline Duration from_milliseconds(double ms) { return Duration(static_cast<int64_t>(ms * 1e6)); }

inline double to_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
inline double to_seconds(Instant at) { return to_seconds(at.time_since_epoch()); }

// The mean gap of events that come `per_second` times a second. REQUIRES per_second > 0.
inline Duration mean_gap(double per_second) { return Duration(static_cast<int64_t>(1e9 / per_second)); }
// What `bytes` take on a link. REQUIRES bytes_per_second > 0.
inline Duration sending_time(size_t bytes, double bytes_per_second) {
  return Duration(static_cast<int64_t>(1e9 * static_cast<double>(bytes) / bytes_per_second));
}

}  // namespace tutti::sim
