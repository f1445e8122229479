#pragma once

#include <string>

#include "storage/base/bytes.h"
#include "storage/model/version_vector.h"

namespace tutti {

// A version vector's bytes (FORMAT.md, "Clocks"): count varint; each: actor u64, counter varint. Actors
// ascend, counters are not 0.
void put_clock(std::string& out, const VersionVector& clock);
// Fails the reader where the bytes are not canonical.
VersionVector get_clock(ByteReader& in);

}  // namespace tutti
