#pragma once

#include <string>
#include <vector>

#include "storage/base/result.h"

namespace tutti::sim {

// One setting and the values it takes: "network.loss=0,0.05,0.1". A comma within brackets belongs to a range,
// "cluster.nodes=[3,5],[7,9]".
struct GridAxis {
  std::string key;
  std::vector<std::string> values;
};
Result<GridAxis> read_grid_axis(const std::string& text);

// Every combination, as settings for --set; the last axis turns fastest. Without axes one, empty.
std::vector<std::vector<std::string>> combinations(const std::vector<GridAxis>& axes);

}  // namespace tutti::sim
