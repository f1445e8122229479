#include "protocol/commands/replies.h"

#include <algorithm>

#include "storage/base/check.h"
#include "storage/base/integer.h"
#include "storage/model/row_key.h"

namespace tutti {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

void reply_write_error(RespWriter& out, const Error& error) {
  switch (error.code) {
    case ErrorCode::kIo:
    case ErrorCode::kCorrupt: return out.error("MISCONF This node takes no more writes: " + error.message);
    case ErrorCode::kFull: return out.error("MISCONF No writes for now: " + error.message);
    case ErrorCode::kRefused: return out.error("READONLY " + error.message);
    default: return out.error("ERR " + error.message);
  }
}

}  // namespace

void reply_wrong_type(RespWriter& out) {
  out.error("WRONGTYPE Operation against a key holding the wrong kind of value");
}
void reply_syntax_error(RespWriter& out) { out.error("ERR syntax error"); }
void reply_not_an_integer(RespWriter& out) { out.error("ERR value is not an integer or out of range"); }
void reply_wrong_arguments(RespWriter& out, ByteView command) {
  out.error("ERR wrong number of arguments for '" + std::string(command) + "' command");
}
void reply_error(RespWriter& out, const Error& error) { out.error("ERR " + error.message); }

bool write(CommandCall& call, std::vector<Edit> edits) {
  if (edits.empty()) return true;
  size_t bytes = 0;
  for (const Edit& edit : edits) bytes += edit.target.size() + (edit.payload ? edit.payload->size() : 0);
  if (bytes > kOperationBytesMax) {
    call.out.error("ERR one write may hold 640 MiB at most; split it into several commands");
    return false;
  }
  check(call.reading.missed.empty(), "a command that is to be given again writes nothing");
  call.reading.tier = Tier::kAny;
  const auto written = call.keys.write(call.now, std::move(edits));
  if (!written) reply_write_error(call.out, written.error());
  return written.has_value();
}

std::optional<KeyState> open_key(CommandCall& call, KeyType type, ByteView key) {
  return expect_type(call, type, keyspace(call).inspect(key));
}

std::optional<KeyState> expect_type(CommandCall& call, KeyType type, const Result<KeyState>& state) {
  if (!state) {
    reply_error(call.out, state.error());
    return std::nullopt;
  }
  if (state->type != type && state->type != KeyType::kNone) {
    reply_wrong_type(call.out);
    return std::nullopt;
  }
  return *state;
}

std::optional<int64_t> integer_argument(CommandCall& call, size_t index) {
  const auto value = parse_integer(call.args[index]);
  if (!value) reply_not_an_integer(call.out);
  return value;
}

bool subkeys_fit(CommandCall& call, size_t first, size_t step) {
  for (size_t i = first; i < call.args.size(); i += step) {
    if (call.args[i].size() > kSubkeyBytesMax) {
      call.out.error("ERR a field or member may hold 65536 bytes at most");
      return false;
    }
  }
  return true;
}

bool equal_ignoring_case(ByteView a, ByteView b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string lower_case(ByteView text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

}  // namespace tutti
