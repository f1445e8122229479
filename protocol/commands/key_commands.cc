#include <unordered_set>

#include "protocol/commands/command_list.h"
#include "protocol/commands/edits.h"
#include "protocol/commands/replies.h"

namespace tutti::commands {

// Deletes only keys that exist: deleting an absent key must write no operation.
void del(CommandCall& call) {
  std::vector<Edit> edits;
  std::unordered_set<ByteView> seen;
  Keyspace keys = keyspace(call);
  for (const ByteView key : call.args.subspan(1)) {
    if (call.args.size() > 2 && !seen.insert(key).second) continue;
    const auto state = keys.inspect(key);
    if (!state) return reply_error(call.out, state.error());
    if (state->type != KeyType::kNone) edits.push_back(remove_key(key));
  }
  const auto deleted = static_cast<int64_t>(edits.size());
  if (write(call, std::move(edits))) call.out.integer(deleted);
}

void unlink(CommandCall& call) { del(call); }

void exists(CommandCall& call) {
  int64_t found = 0;
  Keyspace keys = keyspace(call);
  for (const ByteView key : call.args.subspan(1)) {
    const auto state = keys.inspect(key);
    if (!state) return reply_error(call.out, state.error());
    if (state->type != KeyType::kNone) ++found;
  }
  call.out.integer(found);
}

void type(CommandCall& call) {
  const auto state = keyspace(call).inspect(call.args[1]);
  if (!state) return reply_error(call.out, state.error());
  call.out.simple(type_name(state->type));
}

}  // namespace tutti::commands
