#include "sim/report/documents.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/kernel/units.h"
#include "sim/report/statistics.h"
#include "sim/report/text.h"
#include "storage/base/version.h"

namespace tutti::sim {
namespace {

using Json = nlohmann::ordered_json;

// What a browser can draw at once: cells of all nodes and frames.
constexpr size_t kPageCellsMax = 240'000;
constexpr size_t kPageFramesMin = 40, kPageFramesMax = 300;
constexpr size_t kPageLinks = 120;  // of a frame
constexpr size_t kPageFaults = 2'000, kPageEntries = 2'000;

Json optional(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json metrics_json(const std::vector<Metric>& metrics) {
  Json made = Json::object();
  for (const Metric& metric : metrics) made[metric.name] = optional(metric.value);
  return made;
}

Json outcome_json(const Outcome& outcome) {
  Json made;
  made["seed"] = outcome.seed;
  made["verdict"] = outcome.failure.empty() ? "ok" : "failed";
  if (!outcome.failure.empty()) made["failure"] = outcome.failure;
  made["trace_hash"] = outcome.trace_hash;
  made["virtual_seconds"] = outcome.virtual_seconds;
  made["real_seconds"] = outcome.real_seconds;
  Json totals = Json::object();
  for (const auto& [name, value] : outcome.totals) totals[name] = static_cast<uint64_t>(value);
  made["totals"] = totals;
  made["metrics"] = metrics_json(outcome.metrics);
  return made;
}

Outcome outcome_from(const Json& json) {
  Outcome made;
  made.seed = json.at("seed");
  made.trace_hash = json.at("trace_hash");
  made.failure = json.value("failure", "");
  made.virtual_seconds = json.at("virtual_seconds");
  made.real_seconds = json.at("real_seconds");
  for (const auto& [name, value] : json.at("totals").items()) made.totals.emplace_back(name, value);
  for (const auto& [name, value] : json.at("metrics").items()) {
    made.metrics.push_back(
        {name, value.is_null() ? std::nullopt : std::optional(value.template get<double>())});
  }
  return made;
}

Json study_head(const Study& study) {
  Json made;
  made["tutti"] = version();
  made["kind"] = study.kind;
  made["scenario"] = study.origin.scenario;
  made["configuration_hash"] = configuration_hash(study.origin.configuration);
  made["command"] = study.origin.command;
  made["configuration"] = study.origin.configuration;
  return made;
}

// A page holds its data in a <script>: nothing in it may look like the script's end.
std::string within_script(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (size_t at = 0; (at = text.find('<', at)) != std::string::npos;) text.replace(at, 1, "\\u003c");
  return text;
}

Json latency_json(const LatencyHistogram& histogram) {
  Json made;
  made["count"] = histogram.count();
  for (const double share : {0.5, 0.9, 0.99, 0.999})
    made["marks"].push_back(optional(histogram.quantile(share)));
  made["steps"] = Json::array();
  for (const auto& step : histogram.steps()) made["steps"].push_back({step.ms, step.share});
  return made;
}

Json frames_json(const std::vector<Timeline::Frame>& frames) {
  Json made;
  // In frame order, then node order: one flat array each.
  for (const char* name : {"end", "written", "behind", "bytes", "packets", "state", "links"})
    made[name] = Json::array();
  for (const auto& frame : frames) {
    made["end"].push_back(to_seconds(frame.end));
    made["written"].push_back(frame.written);
    for (const auto& node : frame.nodes) {
      made["behind"].push_back(node.behind);
      made["bytes"].push_back(node.sent_bytes + node.received_bytes);
      made["packets"].push_back(node.sent_packets + node.received_packets);
      // 0 up, 1 up and some of its links cut, 2 down for some of the frame
      made["state"].push_back(!node.up ? 2 : node.blocked_packets > 0 ? 1 : 0);
    }
    auto links = frame.links;
    std::ranges::stable_sort(links, std::greater(), [](const auto& l) { return l.packets + l.blocked; });
    if (links.size() > kPageLinks) links.resize(kPageLinks);
    Json drawn = Json::array();
    for (const auto& l : links) {
      for (const uint64_t n : {uint64_t{l.from}, uint64_t{l.to}, uint64_t{l.packets}, uint64_t{l.blocked}})
        drawn.push_back(n);
    }
    made["links"].push_back(std::move(drawn));
  }
  return made;
}

Json faults_json(const Journal& journal, Instant end) {
  Json made = Json::array();
  for (const auto& fault : journal.faults()) {
    if (made.size() == kPageFaults) break;
    made.push_back({{"kind", fault.kind},
                    {"target", fault.target ? Json(*fault.target) : Json(nullptr)},
                    {"amount", fault.amount},
                    {"from", to_seconds(fault.from)},
                    {"to", to_seconds(fault.to.value_or(end))}});
  }
  return made;
}

Json entry_json(const Journal::Entry& entry) {
  Json made;
  made["t"] = to_seconds(entry.at);
  made["kind"] = entry.kind;
  if (entry.node) made["node"] = *entry.node;
  if (!entry.text.empty()) made["text"] = entry.text;
  return made;
}

Json interval_json(const Cell& cell, std::string_view metric) {
  const auto values = values_of(cell, metric);
  const auto interval = median_interval(values);
  return {{"n", values.size()},
          {"median", optional(interval.median)},
          {"low", optional(interval.low)},
          {"high", optional(interval.high)},
          {"values", values}};
}

Json kinds_json() {
  Json made = Json::array();
  for (const auto& kind : metric_kinds()) {
    made.push_back(
        {{"name", kind.name}, {"what", kind.what}, {"unit", kind.unit}, {"headline", kind.headline}});
  }
  return made;
}

}  // namespace

std::string manifest_json(const Study& study) {
  Json made = study_head(study);
  if (study.kind == "run") {
    const Json run = outcome_json(study.cells.at(0).outcomes.at(0));
    for (const auto& [name, value] : run.items()) made[name] = value;
    return made.dump(2) + "\n";
  }
  made["complete"] = study.complete;
  made["cells"] = Json::array();
  for (const Cell& cell : study.cells) {
    Json runs = Json::array();
    for (const Outcome& outcome : cell.outcomes) runs.push_back(outcome_json(outcome));
    made["cells"].push_back({{"settings", cell.settings}, {"runs", runs}});
  }
  return made.dump(2) + "\n";
}

Result<Study> read_study(const std::string& folder) {
  const std::string path = folder + "/manifest.json";
  const auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  try {
    const Json json = Json::parse(*text);
    Study made;
    made.kind = json.at("kind");
    made.origin = {json.at("scenario"), json.at("configuration"), json.at("command")};
    if (made.kind == "run") {
      made.cells.push_back({{}, {outcome_from(json)}});
      return made;
    }
    made.complete = json.value("complete", true);
    for (const Json& cell : json.at("cells")) {
      made.cells.push_back({cell.at("settings"), {}});
      for (const Json& run : cell.at("runs")) made.cells.back().outcomes.push_back(outcome_from(run));
    }
    return made;
  } catch (const Json::exception& e) {
    return error(ErrorCode::kMalformed, path + " is not a manifest of tutti-sim: " + e.what());
  }
}

std::string events_jsonl(const Journal& journal) {
  std::string text;
  for (const auto& entry : journal.entries()) {
    text += entry_json(entry).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  if (journal.left_out() > 0) text += Json{{"kind", "left out"}, {"count", journal.left_out()}}.dump() + "\n";
  return text;
}

std::string run_page_json(const Study& study, const RunRecorder& run) {
  const Outcome& outcome = study.cells.at(0).outcomes.at(0);
  Json made = study_head(study);
  Json head = outcome_json(outcome);
  head.erase("real_seconds");
  made["run"] = head;
  made["metric_kinds"] = kinds_json();
  made["nodes"] = run.nodes();
  made["regions"] = run.regions();
  made["region_of"] = run.region_of();
  made["healing"] = run.heal_began() ? Json(to_seconds(*run.heal_began())) : Json(nullptr);
  made["reached_all"] = run.propagation().reached_all();
  made["latency"] = {{"each", latency_json(run.propagation().each())},
                     {"all", latency_json(run.propagation().all())}};
  const size_t frames_max =
      std::clamp(kPageCellsMax / std::max<size_t>(1, run.nodes()), kPageFramesMin, kPageFramesMax);
  made["frames"] = frames_json(Timeline::coarsened(run.timeline().frames(), frames_max));
  made["faults"] = faults_json(run.journal(), run.end());
  made["faults_in_all"] = run.journal().faults().size();
  made["entries"] = Json::array();
  for (const auto& entry : run.journal().entries()) {
    // Faults stand in bands of their own, starts and ends in the nodes' states.
    if (entry.kind.starts_with("fault") || entry.kind.starts_with("node ")) continue;
    if (made["entries"].size() < kPageEntries) made["entries"].push_back(entry_json(entry));
  }
  return within_script(made);
}

std::string study_page_json(const Study& study) {
  Json made = study_head(study);
  made["metric_kinds"] = kinds_json();
  made["cells"] = Json::array();
  for (const Cell& cell : study.cells) {
    Json metrics = Json::object();
    for (const auto& kind : metric_kinds()) metrics[std::string(kind.name)] = interval_json(cell, kind.name);
    Json runs = Json::array();
    for (const Outcome& outcome : cell.outcomes) {
      Json run = outcome_json(outcome);
      run.erase("real_seconds");
      runs.push_back(run);
    }
    made["cells"].push_back(
        {{"settings", cell.settings}, {"failed", failures(cell)}, {"metrics", metrics}, {"runs", runs}});
  }
  return within_script(made);
}

}  // namespace tutti::sim
