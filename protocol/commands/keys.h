#pragma once

#include <optional>
#include <vector>

#include "protocol/commands/scan_cursors.h"
#include "storage/base/result.h"
#include "storage/base/time.h"
#include "storage/database.h"
#include "storage/model/operation.h"

namespace tutti {

// What commands read and write of the node they run on. A replica's LocalWriter is the one that ships; tests
// hand in a single node.
class Keys {
 public:
  virtual ~Keys() = default;

  virtual Database& database() = 0;
  // Mints one operation of these edits and applies it. Visible at once; durable as the mode says before the
  // reply goes. Errors: kIo, kCorrupt (the node takes no more writes), kRefused (an observer; named dots that
  // the clock does not cover).
  virtual Result<Dot> write(const Now& now, std::vector<Edit> edits) = 0;
  // The actor whose counters this node now continues; none before its first write.
  virtual std::optional<ActorId> actor() const = 0;

  // The node's, not the connection's: a client with a pool of connections goes on with a scan on any of them.
  ScanCursors& scan_cursors() { return scan_cursors_; }      // of SCAN
  ScanCursors& subkey_cursors() { return subkey_cursors_; }  // of HSCAN and SSCAN

 private:
  ScanCursors scan_cursors_, subkey_cursors_;
};

}  // namespace tutti
