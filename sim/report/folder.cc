#include "sim/report/folder.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "sim/report/csv.h"
#include "sim/report/documents.h"
#include "sim/report/page.h"
#include "sim/report/statistics.h"
#include "sim/report/text.h"

namespace tutti::sim {
namespace {

using Files = std::vector<std::pair<const char*, std::string>>;

// In their order: the manifest is the last, so that a folder with one has all the others.
Result<> write_all(const std::string& folder, const Files& files) {
  if (auto made = make_folder(folder); !made) return made;
  for (const auto& [name, text] : files) {
    if (auto written = write_file(folder + "/" + name, text); !written) return written;
  }
  return {};
}

constexpr std::string_view kReportFiles[] = {"manifest.json", "convergence.csv", "latency.csv", "nodes.csv",
                                             "events.jsonl",  "index.html",      "runs.csv",    "cells.csv"};
constexpr std::string_view kRunFolder = "seed-";

bool is_report_file(const std::filesystem::directory_entry& entry) {
  std::string name = entry.path().filename().string();
  if (name.ends_with(kUnfinished)) name.resize(name.size() - std::strlen(kUnfinished));
  return entry.is_regular_file() && std::ranges::find(kReportFiles, name) != std::end(kReportFiles);
}

bool is_run_folder(const std::filesystem::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  return entry.is_directory() && !entry.is_symlink() && name.starts_with(kRunFolder) &&
         name.find_first_not_of("0123456789", kRunFolder.size()) == std::string::npos;
}

// Every file of the report in the folder; the error names what is none.
Result<std::vector<std::filesystem::path>> report_files(const std::string& folder) {
  std::vector<std::filesystem::path> found, folders;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (is_run_folder(entry)) {
      auto within = report_files(entry.path().string());
      if (!within) return within;
      found.insert(found.end(), within->begin(), within->end());
      folders.push_back(entry.path());
    } else if (is_report_file(entry)) {
      found.push_back(entry.path());
    } else {
      return error(ErrorCode::kRefused, "--out " + folder + " holds " + entry.path().filename().string() +
                                            ", which is no part of a report: name another folder");
    }
  }
  found.insert(found.end(), folders.begin(), folders.end());
  return found;
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

std::string run_folder_name(uint64_t seed) { return std::string(kRunFolder) + std::to_string(seed); }

Result<> prepare_folder(const std::string& folder) {
  if (auto made = make_folder(folder); !made) return made;
  try {
    const auto old = report_files(folder);
    if (!old) return std::unexpected(old.error());
    for (const auto& path : *old) std::filesystem::remove(path);
  } catch (const std::filesystem::filesystem_error& e) {
    return error(ErrorCode::kIo, std::string("--out: ") + e.what());
  }
  const std::string probe = folder + "/manifest.json";
  if (auto written = write_file(probe, ""); !written) return written;
  std::error_code none;
  std::filesystem::remove(probe, none);
  return {};
}

Result<> write_run_folder(const std::string& folder, const Origin& origin, const RunReport& report,
                          const RunRecorder& recorder) {
  const Study study{"run", origin, {{{}, {outcome_of(report, recorder)}}}};
  return write_all(folder, {{"convergence.csv", convergence_csv(recorder.timeline())},
                            {"latency.csv", latency_csv(recorder.propagation())},
                            {"nodes.csv", nodes_csv(recorder.timeline())},
                            {"events.jsonl", events_jsonl(recorder.journal())},
                            {"index.html", run_page(run_page_json(study, recorder))},
                            {"manifest.json", manifest_json(study)}});
}

Result<> write_study_folder(const std::string& folder, const Study& study) {
  return write_all(folder, {{"runs.csv", runs_csv(study)},
                            {"cells.csv", cells_csv(study)},
                            {"index.html", study_page(study_page_json(study))},
                            {"manifest.json", manifest_json(study)}});
}

}  // namespace tutti::sim
