#include <limits>

#include "protocol/commands/command_list.h"
#include "protocol/commands/increment.h"
#include "protocol/commands/replies.h"

namespace tutti::commands {
namespace {

void add(CommandCall& call, int64_t by) {
  const ByteView key = call.args[1];
  const uint64_t now_ms = call.keys.wall_ms(call.now);
  const auto actor = call.keys.actor();
  const IncrementPlace place{key, RowKind::kRegister, {}, actor, now_ms};
  Increment next;
  const auto state = keyspace(call).inspect(
      key, [&](const Lives& row, const RegisterValue& folded, const KeyExpiries& expiries) {
        next = increment(place, row, folded, {folded.expires_ms, expiries}, by);
      });
  if (!state) return reply_error(call.out, state.error());
  if (state->type == KeyType::kNone) {
    next = increment(place, {}, std::nullopt, {}, by);
  } else if (state->type != KeyType::kString) {
    return reply_wrong_type(call.out);
  }
  if (next.outcome == Increment::Outcome::kNotInteger) return reply_not_an_integer(call.out);
  write_increment(call, *state, std::move(next));
}

}  // namespace

void incr(CommandCall& call) { add(call, 1); }
void decr(CommandCall& call) { add(call, -1); }

void incrby(CommandCall& call) {
  if (const auto by = integer_argument(call, 2)) add(call, *by);
}

void decrby(CommandCall& call) {
  const auto by = integer_argument(call, 2);
  if (!by) return;
  if (*by == std::numeric_limits<int64_t>::min()) return call.out.error("ERR decrement would overflow");
  add(call, -*by);
}

}  // namespace tutti::commands
