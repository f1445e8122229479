#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/base/result.h"

namespace tutti::sim {

// How numbers stand in reports: as short as possible, exact, and the same on every machine.
std::string number(double value);                  // 0.25, 1200, 1.5e+09
std::string rounded(double value);                 // three digits that matter, for tables
std::string rounded(std::optional<double> value);  // "-" for none

// Makes the whole file anew. An interrupted call leaves the old file, and perhaps PATH.part. The error names
// the file.
constexpr const char* kUnfinished = ".part";
Result<> write_file(const std::string& path, const std::string& text);
Result<std::string> read_file(const std::string& path);
// With the folders above it.
Result<> make_folder(const std::string& path);

}  // namespace tutti::sim
