#pragma once

#include <string>

namespace tutti::sim {

// The pages, each one file that needs nothing else: template, style and scripts of report/page/, built into
// the program, with the data in the middle.
std::string run_page(const std::string& json);
std::string study_page(const std::string& json);

}  // namespace tutti::sim
