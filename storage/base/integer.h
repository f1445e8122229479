#pragma once

#include <cstdint>
#include <optional>

#include "storage/base/ids.h"

namespace tutti {

// A whole decimal integer as Redis takes it: no spaces, no plus, no leading zeros, within 64 bits.
std::optional<int64_t> parse_integer(ByteView text);

}  // namespace tutti
