#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "storage/base/result.h"
#include "storage/base/time.h"

namespace tutti::sim {

// How numbers stand in reports: as short as they are exact, and the same on every machine.
std::string number(double value);                  // 0.25, 1200, 1.5e+09
std::string rounded(double value);                 // three digits that matter, for tables
std::string rounded(std::optional<double> value);  // "-" for none
inline double seconds(Instant at) { return std::chrono::duration<double>(at.time_since_epoch()).count(); }

// The whole file, made anew. The error names it.
Result<> write_file(const std::string& path, const std::string& text);
Result<std::string> read_file(const std::string& path);
// With those above it.
Result<> make_folder(const std::string& path);

}  // namespace tutti::sim
