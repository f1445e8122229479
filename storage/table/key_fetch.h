#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "storage/table/layers.h"

namespace tutti {

// A job that brings into memory what reads with Tier::kMemory missed, for any thread. `targets`: key prefixes, and
// row keys or beginnings of such; of each what follows it in its key, up to `bytes_max`. A key that it saw whole
// goes into the cache. What is in memory by now is left out.
//
// It cannot fail: whatever it comes upon the read that follows it comes upon too, and tells.
std::function<void()> key_fetch(const Layers& layers, std::vector<std::string> targets, uint64_t bytes_max);

}  // namespace tutti
