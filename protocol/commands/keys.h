#pragma once

#include <optional>
#include <vector>

#include "protocol/commands/scan_cursors.h"
#include "storage/base/result.h"
#include "storage/base/time.h"
#include "storage/database.h"
#include "storage/model/operation.h"

namespace tutti {

// The data of the node that a command runs on. A replica's LocalWriter implements it; tests have a single node.
class Keys {
 public:
  virtual ~Keys() = default;

  virtual Database& database() = 0;
  // Makes one operation of these edits and applies it. Visible at once. With Durability::kAlways it is durable before
  // the reply goes. Errors: kIo, kCorrupt (the node takes no more writes), kRefused (this node is an observer, or the
  // clock does not cover `replaces`).
  virtual Result<Dot> write(const Now& now, std::vector<Edit> edits) = 0;
  // The wall time to go by, ms since 1970: `now`'s, unless the node's clock is in doubt (rule 10).
  virtual uint64_t wall_ms(const Now& now) const { return now.wall_ms(); }
  // The last reading of the hybrid clock, of what was written or heard: normally near the wall time.
  virtual Hlc last_hlc() const = 0;
  // This process's actor; none before its first write.
  virtual std::optional<ActorId> actor() const = 0;

  // One set for the node, not for each connection: a client may continue a scan on any of its connections.
  ScanCursors& scan_cursors() { return scan_cursors_; }      // of SCAN
  ScanCursors& subkey_cursors() { return subkey_cursors_; }  // of HSCAN and SSCAN

 private:
  ScanCursors scan_cursors_, subkey_cursors_;
};

}  // namespace tutti
