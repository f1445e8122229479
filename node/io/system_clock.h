#pragma once

#include "storage/base/time.h"

namespace tutti {

// The machine's clocks, monotonic and wall. Time enters the house here alone.
Now read_clocks();

}  // namespace tutti
