#pragma once

#include <string>

#include "sim/report/run_recorder.h"
#include "sim/report/study.h"
#include "storage/base/result.h"

namespace tutti::sim {

// Everything of a report that is JSON; the only room for nlohmann-json in the simulator.

// manifest.json: what the folder holds, readable by read_study().
std::string manifest_json(const Study& study);
// The error says what cannot be read and why.
Result<Study> read_study(const std::string& folder);

// events.jsonl: one object a line, in order of time.
std::string events_jsonl(const Journal& journal);

// What the pages draw: of one run; of several cells of several seeds. No real time stands in either, so that
// the same seed makes the same page.
std::string run_page_json(const Study& study, const RunRecorder& recorder);
std::string study_page_json(const Study& study);

}  // namespace tutti::sim
