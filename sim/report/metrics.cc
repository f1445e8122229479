#include "sim/report/metrics.h"

#include <algorithm>

#include "sim/kernel/units.h"
#include "sim/report/run_recorder.h"

namespace tutti::sim {
namespace {

std::optional<double> ratio(double above, double below) {
  return below > 0 ? std::optional(above / below) : std::nullopt;
}

}  // namespace

const std::vector<MetricKind>& metric_kinds() {
  static const std::vector<MetricKind> kinds = {
      {"converge_s", "time to converge after the last write or heal", "s", true},
      {"latency_p50_ms", "write to visible on each other node, median", "ms", true},
      {"latency_p90_ms", "write to visible on each other node, 90 %", "ms", false},
      {"latency_p99_ms", "write to visible on each other node, 99 %", "ms", true},
      {"latency_p999_ms", "write to visible on each other node, 99.9 %", "ms", false},
      {"all_p50_ms", "write to visible on every node, median", "ms", false},
      {"all_p99_ms", "write to visible on every node, 99 %", "ms", false},
      {"bytes_per_operation", "bytes sent by all nodes for each operation, idle traffic too", "B", true},
      {"bytes_per_node_s", "bytes sent per node and second", "B/s", false},
      {"packets_per_node_s", "packets sent per node and second", "1/s", true},
      {"operations", "operations written", "", false},
      {"reached_all", "share of operations that reached every node", "", false},
  };
  return kinds;
}

const MetricKind* find_metric_kind(std::string_view name) {
  const auto at = std::ranges::find(metric_kinds(), name, &MetricKind::name);
  return at == metric_kinds().end() ? nullptr : &*at;
}

std::vector<Metric> metrics_of(const RunRecorder& run) {
  const Propagation& p = run.propagation();
  const auto written = static_cast<double>(p.written());
  const double node_seconds = to_seconds(run.end() - Instant{}) * static_cast<double>(run.nodes());
  const auto bytes = static_cast<double>(run.timeline().sent_bytes());
  const auto packets = static_cast<double>(run.timeline().sent_packets());
  std::optional<double> converge;
  if (const auto taken = run.time_to_converge()) converge = to_seconds(*taken);
  return {
      {"converge_s", converge},
      {"latency_p50_ms", p.each().quantile(0.5)},
      {"latency_p90_ms", p.each().quantile(0.9)},
      {"latency_p99_ms", p.each().quantile(0.99)},
      {"latency_p999_ms", p.each().quantile(0.999)},
      {"all_p50_ms", p.all().quantile(0.5)},
      {"all_p99_ms", p.all().quantile(0.99)},
      {"bytes_per_operation", ratio(bytes, written)},
      {"bytes_per_node_s", ratio(bytes, node_seconds)},
      {"packets_per_node_s", ratio(packets, node_seconds)},
      {"operations", written},
      {"reached_all", ratio(static_cast<double>(p.reached_all()), written)},
  };
}

std::optional<double> value_of(const std::vector<Metric>& metrics, std::string_view name) {
  const auto at = std::ranges::find(metrics, name, &Metric::name);
  return at == metrics.end() ? std::nullopt : at->value;
}

}  // namespace tutti::sim
