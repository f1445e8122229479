#include <unordered_set>

#include "protocol/commands/command_list.h"
#include "protocol/commands/edits.h"
#include "protocol/commands/replies.h"
#include "protocol/commands/subkeys.h"

namespace tutti::commands {
namespace {

constexpr RowKind kMember = RowKind::kSetMember;

// For each argument from the third on: whether it is a member. Empty after an error reply.
std::optional<std::vector<bool>> which_are_members(CommandCall& call, const KeyState& state) {
  std::vector<bool> members(call.args.size() - 2, false);
  if (state.type == KeyType::kNone) return members;
  Keyspace keys = keyspace(call);
  for (size_t i = 0; i < members.size(); ++i) {
    const auto there = keys.holds(call.args[1], state, kMember, call.args[i + 2]);
    if (!there) {
      reply_error(call.out, there.error());
      return std::nullopt;
    }
    members[i] = *there;
  }
  return members;
}

}  // namespace

// Adding a member that is there is a write, too: it renews the add, so that a concurrent remove does not win.
void sadd(CommandCall& call) {
  const ByteView key = call.args[1];
  if (!subkeys_fit(call, 2)) return;
  const auto state = open_key(call, KeyType::kSet, key);
  if (!state) return;
  const auto there = which_are_members(call, *state);
  if (!there) return;
  std::unordered_set<ByteView> seen;
  std::vector<Edit> edits;
  if (state->leftovers) edits.push_back(remove_key(key));
  int64_t added = 0;
  for (size_t i = 0; i < there->size(); ++i) {
    const ByteView member = call.args[i + 2];
    if (there->size() > 1 && !seen.insert(member).second) continue;
    edits.push_back(put_row(row_key(key, kMember, member), member_payload(state->expires_ms)));
    if (!(*there)[i]) ++added;
  }
  if (write(call, std::move(edits))) call.out.integer(added);
}

void srem(CommandCall& call) { remove_subkeys(call, kMember); }
void scard(CommandCall& call) { reply_subkey_count(call, kMember); }
void sismember(CommandCall& call) { reply_holds_subkey(call, kMember); }

void smembers(CommandCall& call) {
  const auto show = [](RespWriter& out, ByteView member, ByteView) { out.bulk(member); };
  std::string items;
  const auto members = list_subkeys(call, kMember, show, items);
  if (!members) return;
  call.out.set(*members);
  call.out.raw(items);
}

void smismember(CommandCall& call) {
  if (!subkeys_fit(call, 2)) return;
  const auto state = open_key(call, KeyType::kSet, call.args[1]);
  if (!state) return;
  const auto there = which_are_members(call, *state);
  if (!there) return;
  call.out.array(there->size());
  for (const bool is : *there) call.out.integer(is ? 1 : 0);
}

}  // namespace tutti::commands
