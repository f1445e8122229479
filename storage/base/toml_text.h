#pragma once

#include <string>
#include <string_view>

namespace tutti {

// The text as a TOML basic string, quotes around it: what a TOML reader gives back as the same text.
std::string toml_text(std::string_view text);

}  // namespace tutti
