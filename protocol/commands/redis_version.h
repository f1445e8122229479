#pragma once

#include "storage/base/ids.h"

namespace tutti {

// The version of Redis whose commands and texts these are. Clients choose the commands they send by it, so HELLO and
// INFO name it. INFO and TUTTI.STATUS name this program's own version (storage/base/version.h).
constexpr ByteView kRedisVersion = "7.0.15";

}  // namespace tutti
