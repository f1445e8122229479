#pragma once

#include <string>
#include <vector>

#include "storage/base/result.h"
#include "storage/log/log_index.h"
#include "storage/model/fingerprint.h"
#include "storage/model/hlc.h"

namespace tutti {

// Stored with the rows of a merge and visible with them in one step (FORMAT.md, "Marker"): the position in the log up
// to which the rows are complete, their sums, and what serving the log needs after a restart.
struct Marker {
  Position position;       // all records up to here are in the rows
  uint64_t log_bytes = 0;  // of all records ever appended up to there
  VersionVector clock;     // after that record
  VersionVector joined;    // the source clocks of all joins up to there: the floor covers them
  Hlc last_hlc;            // the greatest hlc of any operation up to there
  uint64_t rows = 0;       // live rows
  uint64_t keys = 0;       // keys with a live row
  Fingerprints fingerprints;
  std::vector<LogSample> samples;  // ascending, up to the position

  bool operator==(const Marker&) const = default;
};

std::string encode_marker(const Marker& marker);
// kUnsupported: a newer version. kCorrupt: the bytes are no marker.
Result<Marker> decode_marker(ByteView bytes);

// The value of the meta key "floor" (FORMAT.md, "Floor"): the last record that was cut, and the clock after it.
constexpr ByteView kFloorKey = "floor";
std::string encode_floor(const LogSample& floor);
Result<LogSample> decode_floor(ByteView bytes);

}  // namespace tutti
