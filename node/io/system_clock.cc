#include "node/io/system_clock.h"

#include <chrono>

namespace tutti {

Now read_clocks() {
  const auto mono = std::chrono::steady_clock::now().time_since_epoch();
  const auto wall = std::chrono::system_clock::now();
  return {Instant(std::chrono::duration_cast<Duration>(mono)),
          std::chrono::time_point_cast<std::chrono::milliseconds>(wall)};
}

}  // namespace tutti
