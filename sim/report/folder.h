#pragma once

#include <string>

#include "sim/report/run_recorder.h"
#include "sim/report/study.h"
#include "storage/base/result.h"

namespace tutti::sim {

// Makes the folder ready before a run begins: makes it where it is missing, and takes away a report that an
// earlier run left there. kIo: it cannot be made or written. kRefused: it holds something that is no part of
// a report, and nothing was taken away.
Result<> prepare_folder(const std::string& folder);

// One run's folder: manifest.json, convergence.csv, latency.csv, nodes.csv, events.jsonl, index.html. Made
// where it is missing.
Result<> write_run_folder(const std::string& folder, const Origin& origin, const RunReport& report,
                          const RunRecorder& recorder);

// The folder of several: manifest.json, runs.csv, cells.csv for a sweep, index.html. For "seeds" the page
// links to the runs' own folders beside it, named run_folder_name(seed).
Result<> write_study_folder(const std::string& folder, const Study& study);
std::string run_folder_name(uint64_t seed);

}  // namespace tutti::sim
