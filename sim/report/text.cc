#include "sim/report/text.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tutti::sim {

std::string number(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}

std::string rounded(double value) {
  const double size = std::fabs(value);
  char buffer[32];
  const int decimals = size >= 100 || value == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  if (size >= 1e9 || (size > 0 && size < 0.001)) {
    std::snprintf(buffer, sizeof buffer, "%.3g", value);
  } else {
    std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  }
  return buffer;
}

std::string rounded(std::optional<double> value) { return value ? rounded(*value) : "-"; }

Result<> write_file(const std::string& path, const std::string& text) {
  const std::string unfinished = path + kUnfinished;
  std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code failed;
  if (file) std::filesystem::rename(unfinished, path, failed);
  if (!file || failed) return error(ErrorCode::kIo, "cannot write " + path);
  return {};
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return error(ErrorCode::kNotFound, "cannot read " + path);
  return text.str();
}

Result<> make_folder(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) return error(ErrorCode::kIo, "cannot make the folder " + path + ": " + failed.message());
  return {};
}

}  // namespace tutti::sim
