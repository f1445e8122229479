#include "sim/report/folder.h"

#include "sim/report/csv.h"
#include "sim/report/documents.h"
#include "sim/report/page.h"
#include "sim/report/statistics.h"
#include "sim/report/text.h"

namespace tutti::sim {
namespace {

using Files = std::vector<std::pair<const char*, std::string>>;

Result<> write_all(const std::string& folder, const Files& files) {
  if (auto made = make_folder(folder); !made) return made;
  for (const auto& [name, text] : files) {
    if (auto written = write_file(folder + "/" + name, text); !written) return written;
  }
  return {};
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string cell_or_nothing(const std::optional<double>& value) { return value ? number(*value) : ""; }

std::string runs_csv(const Study& study) {
  std::string out = "cell,seed,verdict";
  for (const auto& kind : metric_kinds()) out += "," + std::string(kind.name);
  out += "\n";
  for (const Cell& cell : study.cells) {
    for (const Outcome& outcome : cell.outcomes) {
      out += quoted(label(cell)) + "," + std::to_string(outcome.seed) +
             (outcome.failure.empty() ? ",ok" : ",failed");
      for (const auto& kind : metric_kinds())
        out += "," + cell_or_nothing(value_of(outcome.metrics, kind.name));
      out += "\n";
    }
  }
  return out;
}

std::string cells_csv(const Study& study) {
  std::string out = "cell,metric,unit,runs,failed,values,median,low95,high95\n";
  for (const Cell& cell : study.cells) {
    for (const auto& kind : metric_kinds()) {
      const auto values = values_of(cell, kind.name);
      const Interval interval = median_interval(values);
      out += quoted(label(cell)) + "," + std::string(kind.name) + "," + std::string(kind.unit) + "," +
             std::to_string(cell.outcomes.size()) + "," + std::to_string(failures(cell)) + "," +
             std::to_string(values.size()) + "," + cell_or_nothing(interval.median) + "," +
             cell_or_nothing(interval.low) + "," + cell_or_nothing(interval.high) + "\n";
    }
  }
  return out;
}

}  // namespace

std::string run_folder_name(uint64_t seed) { return "seed-" + std::to_string(seed); }

Result<> write_run_folder(const std::string& folder, const Origin& origin, const RunReport& report,
                          const RunRecorder& recorder) {
  const Study study{"run", origin, {{{}, {outcome_of(report, recorder)}}}};
  return write_all(folder, {{"manifest.json", manifest_json(study)},
                            {"convergence.csv", convergence_csv(recorder.timeline())},
                            {"latency.csv", latency_csv(recorder.propagation())},
                            {"nodes.csv", nodes_csv(recorder.timeline())},
                            {"events.jsonl", events_jsonl(recorder.journal())},
                            {"index.html", run_page(run_page_json(study, recorder))}});
}

Result<> write_study_folder(const std::string& folder, const Study& study) {
  return write_all(folder, {{"manifest.json", manifest_json(study)},
                            {"runs.csv", runs_csv(study)},
                            {"cells.csv", cells_csv(study)},
                            {"index.html", study_page(study_page_json(study))}});
}

}  // namespace tutti::sim
