#pragma once

#include <string>
#include <vector>

#include "sim/kernel/scenario.h"
#include "sim/report/metrics.h"

namespace tutti::sim {

// What became of a scenario's [[expect]]s in one run.
struct Expectations {
  std::vector<std::string> failed;  // "latency_p99_ms is 730 ms and was to be below 600"
  std::vector<std::string> untold;  // the run has no such figure
};
Expectations check_expectations(const std::vector<ExpectSpec>& expects, const std::vector<Metric>& metrics);

// The figures that tables show, in one line for people.
std::string headline(const std::vector<Metric>& metrics);

}  // namespace tutti::sim
