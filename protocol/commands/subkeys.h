#pragma once

#include "protocol/commands/command.h"
#include "protocol/commands/keyspace.h"

namespace tutti {

// What hashes and sets have in common. The key is call.args[1]; `type` and `kind` are either kHash and kHashField or
// kSet and kSetMember. Each replies, an error too, where it does not say otherwise.

// HLEN, SCARD.
void reply_subkey_count(CommandCall& call, KeyType type, RowKind kind);

// HGETALL, SMEMBERS: every field or member, written by `show` one behind the other into `items`. How many; empty after
// an error reply.
using ShowSubkey = std::function<void(RespWriter& out, ByteView subkey, ByteView value)>;
std::optional<size_t> list_subkeys(CommandCall& call, KeyType type, RowKind kind, const ShowSubkey& show,
                                   std::string& items);

// HEXISTS, SISMEMBER: whether the field or member args[2] is there.
void reply_holds_subkey(CommandCall& call, KeyType type, RowKind kind);

// HDEL, SREM: the fields or members from args[2] on. One that is left empty is deleted as a key, so that neither its
// expiry nor anything it hid stays behind.
void remove_subkeys(CommandCall& call, KeyType type, RowKind kind);

}  // namespace tutti
