#include "protocol/commands/increment.h"

#include "protocol/commands/edits.h"
#include "protocol/commands/replies.h"
#include "storage/base/integer.h"
#include "storage/model/payload.h"

namespace tutti {
namespace {

const Live* own_last(const Lives& row, std::optional<ActorId> actor) {
  const Live* last = nullptr;
  for (const Live& live : row) {
    if (live.dot.actor == actor && payload_kind(live.payload) == PayloadKind::kCounter) last = &live;
  }
  return last;
}

}  // namespace

Increment increment(std::string row_key, const Lives& row, const std::optional<RegisterValue>& folded,
                    std::optional<ActorId> actor, uint64_t now_ms, int64_t by) {
  using Outcome = Increment::Outcome;
  const auto before = folded ? parse_integer(folded->value()) : std::optional<int64_t>(0);
  if (!before) return {Outcome::kNotInteger, 0, {}};
  int64_t after;
  if (__builtin_add_overflow(*before, by, &after)) return {Outcome::kOverflow, 0, {}};

  std::optional<Payload> last;
  Counter last_counter{0};
  Counter reset_at{0};
  std::vector<Dot> replaces;
  if (const Live* live = folded ? own_last(row, actor) : nullptr) {
    replaces.push_back(live->dot);
    last_counter = live->dot.counter;
    reset_at = live->reset_at;
    last = decode_payload(live->payload);
    // An expired increment no longer counts: continuing its total would bring it back.
    if (last && last->expired(now_ms)) last.reset();
  }
  const uint64_t expires_ms = folded ? folded->expires_ms : 0;
  std::string payload = encode_payload(next_increment(last, last_counter, reset_at, by, expires_ms));
  return {Outcome::kDone,
          after,
          {Edit::Scope::kRow, std::move(row_key), std::move(payload), std::move(replaces)}};
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
