#pragma once

#include "storage/base/ids.h"

namespace tutti {

// Redis's patterns: * ? [abc] [^abc] [a-z], and \ before a literal character. Time is at most the product of the
// sizes: only the latest star is tried again.
bool glob_match(ByteView pattern, ByteView text, bool ignore_case = false);

// The literal text that every match begins with.
ByteView glob_literal_beginning(ByteView pattern);

}  // namespace tutti
