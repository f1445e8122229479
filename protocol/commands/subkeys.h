#pragma once

#include "protocol/commands/command.h"
#include "protocol/commands/keyspace.h"

namespace tutti {

// Shared by the commands of types whose rows have subkeys: hashes and sets. The key is call.args[1], and `kind` says
// which rows, so also which type. Each function writes the reply, also an error, unless its comment says otherwise.

// HLEN, SCARD.
void reply_subkey_count(CommandCall& call, RowKind kind);

// HGETALL, SMEMBERS: writes every field or member into `items`, by `show`. Returns their number; empty after an error
// reply. The caller writes the reply.
using ShowSubkey = std::function<void(RespWriter& out, ByteView subkey, ByteView value)>;
std::optional<size_t> list_subkeys(CommandCall& call, RowKind kind, const ShowSubkey& show,
                                   std::string& items);

// HEXISTS, SISMEMBER: whether the field or member args[2] exists.
void reply_holds_subkey(CommandCall& call, RowKind kind);

// HDEL, SREM: removes the fields or members from args[2] on. If none is left, it deletes the key, so that no expiry
// and no hidden row stays behind.
void remove_subkeys(CommandCall& call, RowKind kind);

}  // namespace tutti
