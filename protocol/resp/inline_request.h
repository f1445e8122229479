#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/base/ids.h"

namespace tutti {

// One argument of a line, as a range of the text that split_inline() appended to.
struct InlineArg {
  size_t offset;
  size_t size;
};

// Splits a line into arguments as Redis does: at white space; "..." with \n \r \t \b \a \xHH and \-anything,
// '...' with only \'; a closing quote ends its argument. A NUL ends the line.
// Appends the arguments' bytes to `text`. Empty: quotes are unbalanced.
std::optional<std::vector<InlineArg>> split_inline(ByteView line, std::string& text);

}  // namespace tutti
