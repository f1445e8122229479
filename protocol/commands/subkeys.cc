#include "protocol/commands/subkeys.h"

#include "protocol/commands/edits.h"
#include "protocol/commands/replies.h"

namespace tutti {

void reply_subkey_count(CommandCall& call, RowKind kind) {
  const auto state = open_key(call, facts_of(kind).type, call.args[1]);
  if (!state) return;
  if (state->type == KeyType::kNone) return call.out.integer(0);
  const auto count = keyspace(call).count(call.args[1], *state, kind);
  if (!count) return reply_error(call.out, count.error());
  call.out.integer(static_cast<int64_t>(*count));
}

std::optional<size_t> list_subkeys(CommandCall& call, RowKind kind, const ShowSubkey& show,
                                   std::string& items) {
  RespWriter out(items, call.out.protocol());
  size_t count = 0;
  const auto inspected =
      keyspace(call).inspect_each(call.args[1], kind, [&](ByteView subkey, ByteView value) {
        show(out, subkey, value);
        return ++count > 0;
      });
  const auto state = expect_type(call, facts_of(kind).type, inspected);
  if (!state) return std::nullopt;
  if (state->type != KeyType::kNone) return count;
  items.clear();
  return 0;
}

void reply_holds_subkey(CommandCall& call, RowKind kind) {
  if (!subkeys_fit(call, 2)) return;
  const auto state = open_key(call, facts_of(kind).type, call.args[1]);
  if (!state) return;
  if (state->type == KeyType::kNone) return call.out.integer(0);
  const auto there = keyspace(call).holds(call.args[1], *state, kind, call.args[2]);
  if (!there) return reply_error(call.out, there.error());
  call.out.integer(*there ? 1 : 0);
}

void remove_subkeys(CommandCall& call, RowKind kind) {
  const ByteView key = call.args[1];
  if (!subkeys_fit(call, 2)) return;
  const auto state = open_key(call, facts_of(kind).type, key);
  if (!state) return;
  if (state->type == KeyType::kNone) return call.out.integer(0);
  Keyspace keys = keyspace(call);
  std::unordered_set<ByteView> gone;
  std::vector<Edit> edits;
  for (const ByteView subkey : call.args.subspan(2)) {
    const auto there = keys.holds(key, *state, kind, subkey);
    if (!there) return reply_error(call.out, there.error());
    if (*there && gone.insert(subkey).second) edits.push_back(remove_row(row_key(key, kind, subkey)));
  }
  const auto removed = static_cast<int64_t>(gone.size());
  if (removed > 0) {
    const auto others = keys.holds_beyond(key, *state, kind, gone);
    if (!others) return reply_error(call.out, others.error());
    if (!*others) edits = only(remove_key(key));
  }
  if (write(call, std::move(edits))) call.out.integer(removed);
}

}  // namespace tutti
