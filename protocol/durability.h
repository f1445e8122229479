#pragma once

#include <cstdint>

namespace tutti {

// Whether a reply may go before the operations that it shows are on disk.
enum class Durability : uint8_t {
  kAlways,    // replies wait for the fsync that covers them
  kInterval,  // fsync every second
};

}  // namespace tutti
