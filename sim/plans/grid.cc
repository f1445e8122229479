#include "sim/plans/grid.h"

namespace tutti::sim {

Result<GridAxis> read_grid_axis(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return error(ErrorCode::kMalformed, "--grid wants key=value,value,..., not " + text);
  GridAxis axis{text.substr(0, equals), {""}};
  int depth = 0;
  for (const char c : text.substr(equals + 1)) {
    depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    if (c == ',' && depth == 0) {
      axis.values.emplace_back();
    } else {
      axis.values.back() += c;
    }
  }
  for (const std::string& value : axis.values) {
    if (value.empty()) return error(ErrorCode::kMalformed, "--grid " + text + ": a value is missing");
  }
  return axis;
}

std::vector<std::vector<std::string>> combinations(const std::vector<GridAxis>& axes) {
  std::vector<std::vector<std::string>> made = {{}};
  for (const GridAxis& axis : axes) {
    std::vector<std::vector<std::string>> longer;
    for (const auto& settings : made) {
      for (const std::string& value : axis.values) {
        longer.push_back(settings);
        longer.back().push_back(axis.key + "=" + value);
      }
    }
    made = std::move(longer);
  }
  return made;
}

}  // namespace tutti::sim
