#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/base/outcome.h"

namespace tutti {

// A typed line as arguments: split at spaces; "..." with \n \r \t \\ \" \xHH inside, '...' as it stands.
// kUsage: a quote is not closed.
Outcome<std::vector<std::string>> split_words(std::string_view line);

// Text for a terminal: bytes that are not printable, or not UTF-8, become \xHH.
std::string printable(std::string_view bytes);
bool is_utf8(std::string_view bytes);

std::string lower(std::string_view text);  // ASCII letters alone

}  // namespace tutti
