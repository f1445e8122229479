#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/report/study.h"
#include "storage/base/result.h"

namespace tutti::sim {

// What a plan is to meet: "latency_p99_ms<2000", of the median over seeds.
struct Target {
  std::string metric;
  bool below = true;  // else above
  bool or_equal = false;
  double bound = 0;

  bool met(double value) const {
    if (value == bound) return or_equal;
    return below ? value < bound : value > bound;
  }
};
// The error names the metrics there are.
Result<Target> read_target(const std::string& text);
std::string words(const Target& target);

// A setting that a plan may choose: "cluster.probe_period_ms=100..2000". Whole numbers at both ends: whole
// ones alone.
struct Freedom {
  std::string key;
  double low = 0, high = 0;
  bool whole = true;
};
Result<Freedom> read_freedom(const std::string& text);
// `count` values from end to end, without repeats: by factors where the high end is many times the low one.
std::vector<double> spread(const Freedom& freedom, size_t count);
// Half way, in the same sense; rounded where whole.
double between(const Freedom& freedom, double a, double b);
std::string setting(const Freedom& freedom, double value);  // for --set

}  // namespace tutti::sim
