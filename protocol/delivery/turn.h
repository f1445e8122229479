#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "protocol/node_id.h"
#include "storage/model/operation.h"

namespace tutti {

// What a turn applied.
struct Turn {
  enum class Origin : uint8_t {
    kWritten,  // by a client of this node
    kRelayed,  // pushed by a peer, in a cluster where pushes are passed on
    kTaken,    // came otherwise, and goes on by pulling
  };
  std::vector<Origin> origins;            // one for each operation, in the order applied
  std::span<const Operation> operations;  // the same ones; set when they are committed
  std::optional<NodeId> pushed_by;        // the last peer that pushed what may be relayed
  bool pushed_by_several = false;
};

}  // namespace tutti
