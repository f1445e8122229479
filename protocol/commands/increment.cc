#include "protocol/commands/increment.h"

#include "protocol/commands/edits.h"
#include "protocol/commands/replies.h"
#include "storage/base/integer.h"
#include "storage/model/payload.h"

namespace tutti {
namespace {

std::optional<size_t> own_last(const Lives& row, std::optional<ActorId> actor) {
  for (size_t i = row.size(); i-- > 0;) {
    if (row[i].dot.actor == actor && payload_kind(row[i].payload) == PayloadKind::kCounter) return i;
  }
  return std::nullopt;
}

}  // namespace

Increment increment(const IncrementPlace& place, const Lives& row, const std::optional<RegisterValue>& folded,
                    const IncrementExpiry& expiry, int64_t by) {
  using Outcome = Increment::Outcome;
  const auto before = folded ? parse_integer(folded->value()) : std::optional<int64_t>(0);
  if (!before) return {Outcome::kNotInteger, 0, {}};
  int64_t after;
  if (__builtin_add_overflow(*before, by, &after)) return {Outcome::kOverflow, 0, {}};

  std::optional<Payload> last;
  Counter last_counter{0};
  Counter reset_at{0};
  Edit edit;
  edit.target = row_key(place.key, place.kind, place.field);
  edit.replaces.emplace();
  if (const auto at = folded ? own_last(row, place.actor) : std::nullopt) {
    const Live& live = row[*at];
    edit.replaces->push_back(live.dot);
    last_counter = live.dot.counter;
    reset_at = live.reset_at;
    // An increment that has ended no longer counts: continuing its total would bring it back.
    const bool alone = row.size() == 1;  // then it is what was folded
    if (alone || !ends_of(row, place.kind, expiry.expiries)[*at].dead(place.now_ms))
      last = decode_payload(live.payload);
  }
  edit.payload = encode_payload(next_increment(last, last_counter, reset_at, by, expiry.expires_ms));
  return {Outcome::kDone, after, std::move(edit)};
}

void write_increment(CommandCall& call, const KeyState& state, Increment next) {
  if (next.outcome == Increment::Outcome::kOverflow) {
    return call.out.error("ERR increment or decrement would overflow");
  }
  std::vector<Edit> edits;
  if (state.leftovers) edits.push_back(remove_key(call.args[1]));
  edits.push_back(std::move(next.edit));
  if (write(call, std::move(edits))) call.out.integer(next.value);
}

}  // namespace tutti
