#pragma once

#include <string>
#include <vector>

namespace tutti::sim {

// A table for a terminal: the first row is the head; the first column stands to the left, the others to the
// right.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace tutti::sim
