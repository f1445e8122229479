#pragma once

#include <cstdint>
#include <memory>

#include "storage/base/ids.h"
#include "storage/base/result.h"
#include "storage/model/fingerprint.h"
#include "storage/model/version_vector.h"
#include "storage/store/store.h"

namespace tutti {

// The rows as of one merge, exactly.
struct Merged {
  VersionVector clock;
  Position position;
  Fingerprints fingerprints;
  uint64_t rows = 0;
  uint64_t keys = 0;
  std::shared_ptr<const RowsSnapshot> snapshot;
};

// A merge that was begun. Run it once, on any thread.
class Merge {
 public:
  virtual ~Merge() = default;
  virtual Result<> run() = 0;
};

}  // namespace tutti
