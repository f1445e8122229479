#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "protocol/node_id.h"
#include "storage/model/operation.h"

namespace tutti {

// The operations that one turn applied.
struct Turn {
  enum class Origin : uint8_t {
    kWritten,  // by a client of this node
    kRelayed,  // pushed by a peer, in a cluster where pushes are passed on
    kTaken,    // came by pulling or a transfer; others pull it from here
  };
  std::vector<Origin> origins;            // one for each operation, in the order applied
  std::span<const Operation> operations;  // in the same order; set when they are committed
  std::optional<NodeId> pushed_by;        // the last peer that pushed a relayed operation
  bool pushed_by_several = false;
};

}  // namespace tutti
