#pragma once

#include "storage/base/ids.h"

namespace tutti {

// Whose commands and words these are. Clients choose what they send by it, so this is the version to name
// where they ask; INFO and TUTTI.STATUS name this program's own (storage/base/version.h).
constexpr ByteView kRedisVersion = "7.0.15";

}  // namespace tutti
