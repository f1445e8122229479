#pragma once

#include <string>
#include <vector>

#include "protocol/commands/durability.h"
#include "protocol/commands/scan_cursors.h"
#include "protocol/node_id.h"
#include "storage/base/result.h"
#include "storage/base/time.h"
#include "storage/database.h"
#include "storage/model/operation.h"

namespace tutti {

struct MemberView {
  NodeId id;
  std::string name;
  std::string address;
  std::string state;           // "self", "alive", "unreachable"
  bool agrees = false;         // its last probe carried our clock hash
  uint64_t round_trip_us = 0;  // of its last probe; 0: none yet
  uint64_t silent_ms = 0;      // since its last word
};

// What commands need of the node they run on. Replica is the one that ships; tests hand in a single node.
class CommandHost {
 public:
  virtual ~CommandHost() = default;

  virtual Database& database() = 0;
  // Mints one operation of these edits and applies it. Visible at once; durable as the mode says before the
  // reply goes. Errors: kIo, kCorrupt (the node takes no more writes), kRefused (an observer; named dots that
  // the clock does not cover).
  virtual Result<Dot> write(const Now& now, std::vector<Edit> edits) = 0;
  // The actor whose counters this node now continues; none before its first write.
  virtual std::optional<ActorId> actor() const = 0;

  virtual NodeId self() const = 0;
  virtual std::string cluster_id() const = 0;  // hex
  virtual std::vector<MemberView> members(const Now& now) const = 0;
  virtual Durability durability() const = 0;
  virtual void set_durability(Durability durability) = 0;
  virtual Instant started() const = 0;
  // A one-time join token, or why there is none. `ttl_ms` from now.
  virtual Result<std::string> invite(const Now& now, uint64_t ttl_ms, ByteView role) = 0;
  // Lines "name:value" for INFO's sections that only the host knows.
  virtual std::string info(const Now& now, ByteView section) const = 0;

  // The node's, not the connection's: a client with a pool of connections goes on with a scan on any of them.
  ScanCursors& scan_cursors() { return scan_cursors_; }

 private:
  ScanCursors scan_cursors_;
};

}  // namespace tutti
