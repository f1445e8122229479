#pragma once

#include "storage/base/ids.h"

namespace tutti {

// Whose commands and words these are. Clients choose what they send by it, so this is the version to name
// where they ask; what this program is, INFO and TUTTI.STATUS say.
constexpr ByteView kRedisVersion = "7.0.15";
constexpr ByteView kTuttiVersion = "0.1.0";

}  // namespace tutti
