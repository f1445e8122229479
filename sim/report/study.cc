#include "sim/report/study.h"

#include <algorithm>

#include "sim/kernel/units.h"
#include "sim/report/run_recorder.h"
#include "sim/report/text.h"
#include "storage/crypto/hash.h"
#include "storage/crypto/text_encoding.h"

namespace tutti::sim {

std::string configuration_hash(const std::vector<std::string>& configuration) {
  std::string all;
  for (const std::string& line : configuration) all += line + "\n";
  return to_hex(siphash128({}, all).low);
}

Outcome outcome_of(const RunReport& r, const RunRecorder& recorder) {
  Outcome made;
  made.seed = r.seed;
  made.trace_hash = to_hex(r.trace_hash);
  if (r.failure) {
    made.failure = r.failure->checker + " at " + number(to_seconds(r.failure->at)) + " s" +
                   (r.failure->node.empty() ? "" : ", node " + r.failure->node) + ": " + r.failure->what;
  }
  made.virtual_seconds = r.virtual_seconds;
  made.real_seconds = r.real_seconds;
  const auto count = [&](const char* name, uint64_t value) {
    made.totals.emplace_back(name, static_cast<double>(value));
  };
  count("nodes", r.nodes);
  count("events", r.events);
  count("operations", r.operations);
  count("acknowledged", r.acknowledged);
  count("operations_gone", recorder.propagation().gone());
  count("joins", r.joins);
  count("merges", r.merges);
  count("starts", r.starts);
  count("comparisons", r.comparisons);
  count("datagrams", r.datagrams);
  count("packets_sent", recorder.timeline().sent_packets());
  count("bytes_sent", recorder.timeline().sent_bytes());
  count("faults", recorder.journal().faults().size());
  made.metrics = metrics_of(recorder);
  return made;
}

std::string label(const Cell& cell) {
  std::string text;
  for (const std::string& setting : cell.settings) text += (text.empty() ? "" : ", ") + setting;
  return text;
}

size_t failures(const Cell& cell) {
  return static_cast<size_t>(
      std::ranges::count_if(cell.outcomes, [](const Outcome& o) { return !o.failure.empty(); }));
}

std::vector<double> values_of(const Cell& cell, std::string_view metric) {
  std::vector<double> values;
  for (const Outcome& outcome : cell.outcomes) {
    if (!outcome.failure.empty()) continue;
    if (const auto value = value_of(outcome.metrics, metric)) values.push_back(*value);
  }
  return values;
}

}  // namespace tutti::sim
