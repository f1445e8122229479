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
  std::optional<std::vector<Dot>> replaces;  // none: everything in the past; else exactly these (kRow alone)

  bool operator==(const Edit&) const = default;
};

// One write, atomic over all its edits, which count in their order (rule 1).
struct Operation {
  Dot dot;
  Hlc hlc;
  // The writer's clock when it wrote, but for its own actor, of which the past holds dot.counter - 1. Shared
  // by the operations of a run; never null.
  std::shared_ptr<const VersionVector> past;
  std::vector<Edit> edits;

  Counter past_of(ActorId actor) const {
    return actor == dot.actor ? Counter{dot.counter.value - 1} : past->get(actor);
  }
  bool past_covers(Dot other) const { return past_of(other.actor) >= other.counter; }
  // The whole past is in the clock.
  bool ready_at(const VersionVector& clock) const;
};

constexpr size_t kEditsPerOperationMax = 1u << 20;
constexpr size_t kOperationBytesMax = 640u << 20;  // a 512 MiB value and its key, with room

// Why the operation could not be applied by anybody; empty where it can: known scopes, canonical targets and
// payloads, a dot, named dots within the past, a past without its own actor.
std::optional<std::string> find_fault(const Operation& operation);

// The bytes that the operation takes in the log or in a message, roughly, and without its past,
// which operations written one after the other share. What bounds on chunks and queues count;
// the exact size is known only once it is encoded.
size_t rough_bytes(const Operation& operation);

}  // namespace tutti
