#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tutti::sim {

class RunRecorder;

// One figure of a run, as tables, plots, targets and comparisons name it.
struct Metric {
  std::string name;             // "latency_p99_ms"
  std::optional<double> value;  // empty: the run has none, say because it never converged
};

struct MetricKind {
  std::string_view name;
  std::string_view what;  // for people
  std::string_view unit;
  bool headline;  // shown in tables of a sweep, not only written to its CSV
};

// All there are, in the order of tables. Less is better for each, but for `operations` and `reached_all`.
const std::vector<MetricKind>& metric_kinds();
const MetricKind* find_metric_kind(std::string_view name);
std::vector<Metric> metrics_of(const RunRecorder& run);
std::optional<double> value_of(const std::vector<Metric>& metrics, std::string_view name);

}  // namespace tutti::sim
