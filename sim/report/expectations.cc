#include "sim/report/expectations.h"

#include <cstdio>

namespace tutti::sim {
namespace {

std::string figure(double value, std::string_view unit) {
  char text[48];
  std::snprintf(text, sizeof text, "%.4g", value);
  return unit.empty() ? text : std::string(text) + " " + std::string(unit);
}

}  // namespace

Expectations check_expectations(const std::vector<ExpectSpec>& expects, const std::vector<Metric>& metrics) {
  Expectations found;
  for (const ExpectSpec& expect : expects) {
    const auto value = value_of(metrics, expect.metric);
    if (!value) {
      found.untold.push_back("the run has no " + expect.metric);
      continue;
    }
    const std::string is = expect.metric + " is " + figure(*value, find_metric_kind(expect.metric)->unit);
    if (expect.below && *value > *expect.below)
      found.failed.push_back(is + " and was to be below " + figure(*expect.below, ""));
    if (expect.above && *value < *expect.above)
      found.failed.push_back(is + " and was to be above " + figure(*expect.above, ""));
  }
  return found;
}

std::string headline(const std::vector<Metric>& metrics) {
  std::string text;
  for (const MetricKind& kind : metric_kinds()) {
    const auto value = value_of(metrics, kind.name);
    if (!kind.headline) continue;
    text += (text.empty() ? "" : "  ") + std::string(kind.name) + " " +
            (value ? figure(*value, kind.unit) : std::string("-"));
  }
  return text;
}

}  // namespace tutti::sim
