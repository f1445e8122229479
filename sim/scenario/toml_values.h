#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/range.h"

namespace tutti::sim {

// Values as TOML writes them; each reads back as the same value.
std::string toml_number(double value);
std::string toml_range(const Range& range);  // one number where both ends are equal
std::string toml_text(std::string_view text);
std::string toml_texts(const std::vector<std::string>& words);

}  // namespace tutti::sim
