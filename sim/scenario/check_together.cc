#include "sim/scenario/check_together.h"

#include <algorithm>

#include "sim/faults/fault.h"
#include "sim/network/link_map.h"
#include "sim/report/metrics.h"
#include "sim/scenario/settings.h"
#include "sim/scenario/toml_values.h"

namespace tutti::sim {
namespace {

// Why the fault could never strike as it is written; empty where it can.
std::string find_misfit(const FaultSpec& fault, const Scenario& scenario, size_t nodes) {
  const bool once = fault.at_s >= 0;
  if (once && fault.at_s > scenario.workload.seconds.high) {
    return "at_s is " + toml_number(fault.at_s) + ", and faults stop with workload.seconds, after " +
           toml_number(scenario.workload.seconds.high);
  }
  if (fault.target >= 0 && static_cast<size_t>(fault.target) >= nodes) {
    return "there may be no node " + std::to_string(fault.target) + ": there may be as few as " +
           std::to_string(nodes) + " (the first is 0)";
  }
  const FaultKind* kind = find_fault_kind(fault.kind);
  if (fault.amount.high > kind->amount_max) {
    return "amount is " + toml_number(fault.amount.high) + ", and is to be " + toml_number(kind->amount_max) +
           " at most";
  }
  const bool needs_spares = fault.kind == "join-storm" || fault.kind == "copied-disk";
  // A strike that is written down may well have found none.
  if (needs_spares && !fault.draw && scenario.cluster.spares.high < 1)
    return "needs spare machines: set cluster.spares";
  return "";
}

// A place in a link rule is a region, a node or "*": each name says which.
Result<> check_regions(const Scenario& scenario) {
  for (const RegionSpec& region : scenario.regions) {
    const std::string where = "line " + std::to_string(region.line) + ": region " + region.name + ": ";
    const RegionSpec& first = *std::ranges::find(scenario.regions, region.name, &RegionSpec::name);
    if (&first != &region) {
      return error(ErrorCode::kMalformed,
                   where + "line " + std::to_string(first.line) + " has a region of this name");
    }
    if (region.name == "*" || node_of(region.name))
      return error(ErrorCode::kMalformed, where + "this names a node or every place in [[link]]");
  }
  return {};
}

}  // namespace

Result<> check_together(const Scenario& scenario) {
  if (const auto regions = check_regions(scenario); !regions) return regions;
  const auto least =
      static_cast<size_t>(scenario.cluster.nodes.low) + static_cast<size_t>(scenario.cluster.spares.low);
  const std::string nodes = "there may be as few as " + std::to_string(least) + " (the first is 0)";
  for (const CommandSpec& command : scenario.commands) {
    if (command.node >= least) {
      return error(ErrorCode::kMalformed,
                   "a command goes to node " + std::to_string(command.node) + ", and " + nodes);
    }
  }
  for (const FaultSpec& fault : scenario.faults) {
    if (const std::string why = find_misfit(fault, scenario, least); !why.empty()) {
      const std::string where = fault.line > 0 ? "line " + std::to_string(fault.line) + ": " : "";
      return error(ErrorCode::kMalformed, where + fault.kind + ": " + why);
    }
  }
  double shares = 0;
  for (const ThemeSpec& theme : scenario.themes) {
    Scenario themed = scenario;
    if (const auto applied = apply_theme(themed, theme); !applied) return applied;
    shares += theme.share;
  }
  if (shares > 1) return error(ErrorCode::kMalformed, "the shares of all themes are more than 1");
  for (const ExpectSpec& expect : scenario.expects) {
    if (find_metric_kind(expect.metric)) continue;
    std::string names;
    for (const MetricKind& kind : metric_kinds())
      names += (names.empty() ? "" : ", ") + std::string(kind.name);
    return error(ErrorCode::kMalformed, "line " + std::to_string(expect.line) + ": no metric is called " +
                                            expect.metric + "; there are " + names);
  }
  for (const LinkSpec& link : scenario.links) {
    for (const std::string* place : {&link.from, &link.to}) {
      const bool region =
          std::ranges::find(scenario.regions, *place, &RegionSpec::name) != scenario.regions.end();
      const auto node = node_of(*place);
      if (region || *place == "*" || (node && *node < least)) continue;
      return error(ErrorCode::kMalformed, "line " + std::to_string(link.line) +
                                              ": there is no place called " + *place +
                                              (node ? "; " + nodes : "; name a region, a node or \"*\""));
    }
  }
  return {};
}

}  // namespace tutti::sim
