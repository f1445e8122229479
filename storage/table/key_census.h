#pragma once

#include "storage/table/layers.h"

namespace tutti {

// Counts the keys that live, from the count on disk and what the tables changed. Writes only list the keys
// they touch; whether such a key lives, and lived before, is found out here, once per change.
//
//   keys(level) = keys(level below) + by entries: lives now - lived below the level, its ranges applied
//                                   + by ranges:  lives below with them - without them
Result<uint64_t> count_keys(const Layers& layers, uint64_t keys_on_disk);

}  // namespace tutti
