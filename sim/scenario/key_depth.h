#pragma once

#include <optional>
#include <string_view>

namespace tutti::sim {

// A key of a scenario has two or three parts, "fault.partition.every_s". toml++ makes a table for each part
// and walks them by recursion, so that a key of very many parts would overflow its stack.
constexpr int kKeyDotsMax = 8;

// The line, counted from 1, of the first key in this TOML text with more than kKeyDotsMax dots; empty: there
// is none. Dots in strings and comments do not count.
std::optional<int> line_of_deep_key(std::string_view text);

}  // namespace tutti::sim
