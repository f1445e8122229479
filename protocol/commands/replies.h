#pragma once

#include <optional>

#include "protocol/commands/command.h"
#include "protocol/commands/keyspace.h"
#include "protocol/resp/resp_writer.h"

namespace tutti {

// Replies and errors that many commands share, in Redis's words.

void reply_wrong_type(RespWriter& out);
void reply_syntax_error(RespWriter& out);
void reply_not_an_integer(RespWriter& out);
void reply_wrong_arguments(RespWriter& out, ByteView command);  // "set", "client|setname"
// For a failed read or a refused write.
void reply_error(RespWriter& out, const Error& error);

// Writes the edits as one operation; without edits it does nothing. False after an error reply: nothing was written.
bool write(CommandCall& call, std::vector<Edit> edits);

// The key's state if its type is `type` or kNone; empty after an error reply.
std::optional<KeyState> open_key(CommandCall& call, KeyType type, ByteView key);
// The same for a state that was read before.
std::optional<KeyState> expect_type(CommandCall& call, KeyType type, const Result<KeyState>& state);

// The argument as an integer; empty after an error reply.
std::optional<int64_t> integer_argument(CommandCall& call, size_t index);

// True if the arguments at first, first + step, ... are within a subkey's bound; false after an error reply.
bool subkeys_fit(CommandCall& call, size_t first, size_t step = 1);

bool equal_ignoring_case(ByteView a, ByteView b);
std::string lower_case(ByteView text);

inline Keyspace keyspace(CommandCall& call) {
  return {call.keys.database(), call.keys.wall_ms(call.now), call.reading};
}

}  // namespace tutti
