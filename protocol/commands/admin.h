#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/durability.h"
#include "protocol/health.h"
#include "protocol/node_id.h"
#include "storage/base/ids.h"
#include "storage/base/result.h"
#include "storage/base/time.h"

namespace tutti {

struct MemberView {
  NodeId id;
  std::string name;
  std::string address;   // by its record
  std::string heard_at;  // where it is talked to, if that is another address; else empty
  // "self": this node. "unreachable": it leaves our probes unanswered. "alive": this process has heard it, and it is
  // not unreachable. "unknown": none of these.
  std::string state;
  Health::State health = Health::State::kWell;  // by its last probe; of this node: now
  bool agrees = false;                          // its last probe carried our clock hash; of this node: true
  uint64_t round_trip_us = 0;                   // of its last probe; 0: none yet
  uint64_t silent_ms = 0;  // since its last message, or since this process's start if there was none
};

// A transfer that was not joined, as it would delete much (rule 8).
struct DoubtedTransfer {
  std::string source;  // the member's name; its id if it is not known by name
  uint64_t deletes = 0, rows = 0;
  bool denied = false;
};

// The node's side of administrators' commands: of the node that runs the command.
class Admin {
 public:
  virtual ~Admin() = default;

  virtual NodeId self() const = 0;
  virtual std::string cluster_id() const = 0;  // hex
  // This node first.
  virtual std::vector<MemberView> members(const Now& now) const = 0;
  virtual Durability durability() const = 0;
  virtual void set_durability(Durability durability) = 0;
  virtual Instant started() const = 0;
  virtual Health health() const = 0;
  // A one-time join token, or why there is none. `ttl_ms` from now.
  virtual Result<std::string> invite(const Now& now, uint64_t ttl_ms, ByteView role) = 0;
  // The transfer that waits for a decision, if one does.
  virtual std::optional<DoubtedTransfer> doubted_transfer() const = 0;
  // kRefused: none waits.
  virtual Result<> decide_transfer(bool allow) = 0;
  // Lines "name:value" of INFO's `section`, if the node has figures for it.
  virtual std::string info(const Now& now, ByteView section) const = 0;
};

}  // namespace tutti
