#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "storage/table/layers.h"

namespace tutti {

// A job that brings into memory what reads with Tier::kMemory missed, for any thread. `targets`: key prefixes, row
// keys, or beginnings of row keys. For each target it reads the rows from the target to the end of the target's key,
// about `bytes_max` bytes at most. A key that it reads whole goes into the cache. It skips targets that are in
// memory by now.
//
// It reports no error: the client's read that follows meets the same error and reports it.
std::function<void()> key_fetch(const Layers& layers, std::vector<std::string> targets, uint64_t bytes_max);

}  // namespace tutti
