#pragma once

#include <optional>
#include <string>

#include "protocol/commands/command.h"
#include "protocol/commands/keyspace.h"
#include "storage/model/operation.h"
#include "storage/model/views.h"

namespace tutti {

// INCRBY on a register row, or HINCRBY on a field's row (RULES.md, "Counters"). The increment continues this actor's
// running total: it replaces the actor's last live increment. So concurrent increments of all actors add up.
struct Increment {
  enum class Outcome : uint8_t { kDone, kNotInteger, kOverflow };

  Outcome outcome = Outcome::kDone;
  int64_t value = 0;  // of the row, afterwards
  Edit edit;          // set if kDone
};

// The row, and who counts there.
struct IncrementPlace {
  ByteView key;
  RowKind kind;
  ByteView field;
  std::optional<ActorId> actor;
  uint64_t now_ms;
};
// What the increment is under.
struct IncrementExpiry {
  uint64_t expires_ms = 0;  // of the key, as a reader sees it: the increment carries it. 0: never
  KeyExpiries expiries = {};
};
// `folded`: the value that a reader sees in `row`; empty: nothing is live there, and the chain begins anew.
Increment increment(const IncrementPlace& place, const Lives& row, const std::optional<RegisterValue>& folded,
                    const IncrementExpiry& expiry, int64_t by);

// Writes `next` to the key call.args[1], whose state is `state`, and replies with the new value or an error. REQUIRES
// an outcome other than kNotInteger: the caller replies to that one, since the text differs by command.
void write_increment(CommandCall& call, const KeyState& state, Increment next);

}  // namespace tutti
