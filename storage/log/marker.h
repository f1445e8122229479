#pragma once

#include <string>
#include <vector>

#include "storage/base/result.h"
#include "storage/log/log_index.h"
#include "storage/model/fingerprint.h"
#include "storage/model/hlc.h"

namespace tutti {

// What stands beside the rows of a merge and becomes visible with them (FORMAT.md, "Marker"): as of where in
// the log they are whole, what they sum up to, and what serving the log needs after a restart.
struct Marker {
  Position position;       // all records up to here are in the rows
  uint64_t log_bytes = 0;  // of all records ever appended up to there
  VersionVector clock;     // after that record
  VersionVector joined;    // what transfers up to there brought: the floor is never less
  Hlc last_hlc;            // the greatest of any operation up to there
  uint64_t rows = 0;       // live rows
  uint64_t keys = 0;       // keys with a live row
  Fingerprints fingerprints;
  std::vector<LogSample> samples;  // ascending, up to the position

  bool operator==(const Marker&) const = default;
};

std::string encode_marker(const Marker& marker);
// kUnsupported for a newer version, kCorrupt where the bytes are no marker.
Result<Marker> decode_marker(ByteView bytes);

// The value of the meta key "floor" (FORMAT.md, "Floor"): the last record given up, and the clock after it.
constexpr ByteView kFloorKey = "floor";
std::string encode_floor(const LogSample& floor);
Result<LogSample> decode_floor(ByteView bytes);

}  // namespace tutti
