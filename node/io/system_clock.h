#pragma once

#include "storage/base/time.h"

namespace tutti {

// The machine's clocks, monotonic and wall. Only this reads them.
Now read_clocks();

}  // namespace tutti
