#include <unordered_set>

#include "protocol/commands/command_list.h"
#include "protocol/commands/edits.h"
#include "protocol/commands/increment.h"
#include "protocol/commands/replies.h"
#include "protocol/commands/subkeys.h"

namespace tutti::commands {
namespace {

constexpr RowKind kField = RowKind::kHashField;

// Writes the pairs. Returns the number of new fields; empty after an error reply. An operation has one payload for a
// row: if a field is named twice, its last value counts, so the loop begins at the last pair.
std::optional<int64_t> set_fields(CommandCall& call, bool count_new, ByteView command) {
  const ByteView key = call.args[1];
  if (call.args.size() % 2 != 0) {
    reply_wrong_arguments(call.out, command);
    return std::nullopt;
  }
  if (!subkeys_fit(call, 2, 2)) return std::nullopt;
  const auto state = open_key(call, KeyType::kHash, key);
  if (!state) return std::nullopt;
  Keyspace keys = keyspace(call);
  std::unordered_set<ByteView> seen;
  std::vector<Edit> edits;
  if (state->leftovers) edits.push_back(remove_key(key));
  int64_t added = 0;
  for (size_t i = call.args.size(); i > 2; i -= 2) {
    const ByteView field = call.args[i - 2];
    if (call.args.size() > 4 && !seen.insert(field).second) continue;
    if (count_new && state->type == KeyType::kHash) {
      const auto there = keys.holds(key, *state, kField, field);
      if (!there) {
        reply_error(call.out, there.error());
        return std::nullopt;
      }
      added += *there ? 0 : 1;
    } else {
      ++added;
    }
    edits.push_back(put_row(row_key(key, kField, field), value_payload(call.args[i - 1], state->expires_ms)));
  }
  if (!write(call, std::move(edits))) return std::nullopt;
  return added;
}

// The value of a field, or null.
Result<> reply_field(CommandCall& call, const KeyState& state, ByteView field) {
  if (state.type == KeyType::kNone) {
    call.out.null();
    return {};
  }
  const auto row = keyspace(call).row(call.args[1], kField, field);
  if (!row) return std::unexpected(row.error());
  const auto folded = fold_lww(**row, call.keys.wall_ms(call.now), kField, state.expiries);
  folded ? call.out.bulk(folded->value()) : call.out.null();
  return {};
}

enum class Shown : uint8_t { kFields, kValues, kBoth };

void reply_hash(CommandCall& call, Shown shown) {
  const auto show = [shown](RespWriter& out, ByteView field, ByteView value) {
    if (shown != Shown::kValues) out.bulk(field);
    if (shown != Shown::kFields) out.bulk(value);
  };
  std::string items;
  const auto fields = list_subkeys(call, kField, show, items);
  if (!fields) return;
  shown == Shown::kBoth ? call.out.map(*fields) : call.out.array(*fields);
  call.out.raw(items);
}

}  // namespace

void hset(CommandCall& call) {
  if (const auto added = set_fields(call, true, "hset")) call.out.integer(*added);
}

void hmset(CommandCall& call) {
  if (set_fields(call, false, "hmset")) call.out.ok();
}

void hget(CommandCall& call) {
  if (!subkeys_fit(call, 2)) return;
  const auto state = open_key(call, KeyType::kHash, call.args[1]);
  if (!state) return;
  if (const auto done = reply_field(call, *state, call.args[2]); !done) reply_error(call.out, done.error());
}

void hmget(CommandCall& call) {
  if (!subkeys_fit(call, 2)) return;
  const auto state = open_key(call, KeyType::kHash, call.args[1]);
  if (!state) return;
  const size_t before = call.out.size();
  call.out.array(call.args.size() - 2);
  for (const ByteView field : call.args.subspan(2)) {
    const auto done = reply_field(call, *state, field);
    if (done) continue;
    call.out.truncate(before);
    return reply_error(call.out, done.error());
  }
}

void hgetall(CommandCall& call) { reply_hash(call, Shown::kBoth); }
void hkeys(CommandCall& call) { reply_hash(call, Shown::kFields); }
void hvals(CommandCall& call) { reply_hash(call, Shown::kValues); }

void hdel(CommandCall& call) { remove_subkeys(call, kField); }
void hlen(CommandCall& call) { reply_subkey_count(call, kField); }
void hexists(CommandCall& call) { reply_holds_subkey(call, kField); }

void hincrby(CommandCall& call) {
  const ByteView key = call.args[1];
  const ByteView field = call.args[2];
  const auto by = integer_argument(call, 3);
  if (!by || !subkeys_fit(call, 2, 2)) return;
  const auto state = open_key(call, KeyType::kHash, key);
  if (!state) return;
  Lives none;
  const Lives* row = &none;
  Keyspace keys = keyspace(call);
  if (state->type == KeyType::kHash) {
    const auto found = keys.row(key, kField, field);
    if (!found) return reply_error(call.out, found.error());
    row = *found;
  }
  const uint64_t now_ms = call.keys.wall_ms(call.now);
  const auto folded = fold_lww(*row, now_ms, kField, state->expiries);
  Increment next = increment({key, kField, field, call.keys.actor(), now_ms}, *row, folded,
                             {state->expires_ms, state->expiries}, *by);
  if (next.outcome == Increment::Outcome::kNotInteger)
    return call.out.error("ERR hash value is not an integer");
  write_increment(call, *state, std::move(next));
}

}  // namespace tutti::commands
