#pragma once

#include "storage/table/layers.h"

namespace tutti {

// The number of live keys: the count on disk, and what the tables changed. A write only lists the keys it touches;
// this function finds out whether such a key is live now, and was live below, once per change.
//
//   keys(level) = keys(level below) + by entries: live now - live below the level, after its ranges
//                                   + by ranges:  live below with the ranges - live below without them
Result<uint64_t> count_keys(const Layers& layers, uint64_t keys_on_disk);

}  // namespace tutti
