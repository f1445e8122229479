#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/ids.h"
#include "storage/model/hlc.h"
#include "storage/model/version_vector.h"

namespace tutti {

// One thing an operation does. Targets stand in the space of row keys (row_key.h):
//   kRow     a row key
//   kKey     a key prefix: every row under the key, known to the writer or not; a payload goes to its register row
//   kPrefix  an escaped key's beginning: every row of every such key; never a payload
struct Edit {
  enum class Scope : uint8_t { kRow = 0, kKey = 1, kPrefix = 2 };

  Scope scope = Scope::kRow;
  std::string target;
  std::optional<std::string> payload;        // none: a delete
  std::optional<std::vector<Dot>> replaces;  // none: everything in the past; else these dots (only kRow)
  bool expired = false;  // a reaper's delete: the dots that it names had expired (RULES.md, "Expiry")
  // false: a reaper's delete that names no increment, so that it resets no counter's chain
  bool resets = true;

  bool operator==(const Edit&) const = default;
};

// One write, atomic over all its edits, which apply in order (rule 1).
struct Operation {
  Dot dot;
  Hlc hlc;
  // The writer's clock when it wrote, without its own actor: of that one the past holds dot.counter - 1. Consecutive
  // operations of one writer share it; never null.
  std::shared_ptr<const VersionVector> past;
  std::vector<Edit> edits;

  Counter past_of(ActorId actor) const {
    return actor == dot.actor ? Counter{dot.counter.value - 1} : past->get(actor);
  }
  bool past_covers(Dot other) const { return past_of(other.actor) >= other.counter; }
  // True if `clock` covers the whole past.
  bool ready_at(const VersionVector& clock) const;
};

constexpr size_t kEditsPerOperationMax = 1u << 20;
constexpr size_t kOperationBytesMax = 640u << 20;  // a 512 MiB value and its key, with room

// The reason why no node can apply the operation. Empty if one can: scopes are known, targets and payloads canonical,
// the dot is set, `replaces` lies within the past, and the past does not name its own actor.
std::optional<std::string> find_fault(const Operation& operation);

// What of the operation is beyond the bounds of keys, fields and members; empty if nothing is. No door takes such an
// operation, and no node takes it from a member.
std::optional<std::string> find_excess(const Operation& operation);

// The approximate bytes of the operation in the log or in a message, without its past, which consecutive operations
// share. Bounds on chunks and queues count these; the exact size is known only after encoding.
size_t rough_bytes(const Operation& operation);

}  // namespace tutti
