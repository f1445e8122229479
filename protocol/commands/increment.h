#pragma once

#include <optional>
#include <string>

#include "protocol/commands/command.h"
#include "protocol/commands/keyspace.h"
#include "storage/model/operation.h"
#include "storage/model/views.h"

namespace tutti {

// What INCRBY does to a register row, and HINCRBY to a field's (RULES.md, "Counters"): this actor's running
// total goes on from its own last live increment, which it replaces, so that concurrent increments of all
// actors add up.
struct Increment {
  enum class Outcome : uint8_t { kDone, kNotInteger, kOverflow };

  Outcome outcome = Outcome::kDone;
  int64_t value = 0;  // of the row, afterwards
  Edit edit;          // where kDone
};

// `folded`: what a reader sees in `row`; empty where nothing lives there, and then the chain begins anew.
Increment increment(std::string row_key, const Lives& row, const std::optional<RegisterValue>& folded,
                    std::optional<ActorId> actor, uint64_t now_ms, int64_t by);

// Writes it to the key call.args[1], found in this state, and replies with the new value or an error. REQUIRES an
// outcome other than kNotInteger, whose words differ by command.
void write_increment(CommandCall& call, const KeyState& state, Increment next);

}  // namespace tutti
