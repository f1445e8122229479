#pragma once

#include <string>
#include <vector>

#include "sim/kernel/range.h"

namespace tutti::sim {

// Values as TOML writes them (text: storage/base/toml_text.h); each reads back as the same value.
std::string toml_number(double value);
std::string toml_range(const Range& range);  // one number where both ends are equal
std::string toml_texts(const std::vector<std::string>& words);

}  // namespace tutti::sim
