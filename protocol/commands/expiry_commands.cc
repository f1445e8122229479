#include "protocol/commands/command_functions.h"
#include "protocol/commands/edits.h"
#include "protocol/commands/expiry_arguments.h"
#include "protocol/commands/replies.h"

namespace tutti::commands {
namespace {

struct ExpireOptions {
  bool nx = false, xx = false, gt = false, lt = false;

  // NX, XX, GT and LT compare with the expiry that this node sees. Of concurrent EXPIREs the last written counts.
  bool allow(uint64_t current_ms, int64_t wanted_ms) const {
    const auto current = static_cast<int64_t>(current_ms);
    if (nx && current != 0) return false;
    if (xx && current == 0) return false;
    if (gt && (current == 0 || wanted_ms <= current)) return false;
    return !(lt && current != 0 && wanted_ms >= current);
  }
};

// Empty after an error reply.
std::optional<ExpireOptions> expire_options(CommandCall& call) {
  ExpireOptions options;
  for (const ByteView word : call.args.subspan(3)) {
    if (equal_ignoring_case(word, "nx")) {
      options.nx = true;
    } else if (equal_ignoring_case(word, "xx")) {
      options.xx = true;
    } else if (equal_ignoring_case(word, "gt")) {
      options.gt = true;
    } else if (equal_ignoring_case(word, "lt")) {
      options.lt = true;
    } else {
      call.out.error("ERR Unsupported option " + std::string(word));
      return std::nullopt;
    }
  }
  if (options.nx && (options.xx || options.gt || options.lt)) {
    call.out.error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return std::nullopt;
  }
  if (options.gt && options.lt) {
    call.out.error("ERR GT and LT options at the same time are not compatible");
    return std::nullopt;
  }
  return options;
}

// A string has its expiry in its payload, so the value is written again. A hash or set has a row for its expiry.
// `expires_ms` 0: never.
Edit expiry_edit(ByteView key, const StringState& state, uint64_t expires_ms) {
  if (state.type == KeyType::kString) return put_key(key, value_payload(state.value, expires_ms));
  std::string row = row_key(key, RowKind::kKeyExpiry);
  if (expires_ms == 0) return remove_row(std::move(row));
  return put_row(std::move(row), expiry_payload(expires_ms));
}

void set_expiry(CommandCall& call, TimeUnit unit, ByteView command) {
  const auto options = expire_options(call);
  if (!options) return;
  const auto at = expiry_argument(call, 2, unit, false, command);
  if (!at) return;
  const ByteView key = call.args[1];
  const auto state = keyspace(call).string(key);
  if (!state) return reply_error(call.out, state.error());
  if (state->type == KeyType::kNone || !options->allow(state->expires_ms, *at)) return call.out.integer(0);
  const bool past = *at <= static_cast<int64_t>(call.now.wall_ms());
  Edit edit = past ? remove_key(key) : expiry_edit(key, *state, static_cast<uint64_t>(*at));
  if (write(call, only(std::move(edit)))) call.out.integer(1);
}

// -2: no such key; -1: it never expires; else `answer` of its expiry.
template <class Answer>
void reply_expiry(CommandCall& call, Answer answer) {
  const auto state = keyspace(call).inspect(call.args[1]);
  if (!state) return reply_error(call.out, state.error());
  if (state->type == KeyType::kNone) return call.out.integer(-2);
  if (state->expires_ms == 0) return call.out.integer(-1);
  call.out.integer(static_cast<int64_t>(answer(state->expires_ms)));
}

}  // namespace

void expire(CommandCall& call) { set_expiry(call, kSecondsFromNow, "expire"); }
void pexpire(CommandCall& call) { set_expiry(call, kMillisecondsFromNow, "pexpire"); }
void expireat(CommandCall& call) { set_expiry(call, kUnixSeconds, "expireat"); }
void pexpireat(CommandCall& call) { set_expiry(call, kUnixMilliseconds, "pexpireat"); }

void ttl(CommandCall& call) {
  reply_expiry(call, [&](uint64_t at) { return (at - call.now.wall_ms() + 500) / 1000; });
}
void pttl(CommandCall& call) {
  reply_expiry(call, [&](uint64_t at) { return at - call.now.wall_ms(); });
}
void expiretime(CommandCall& call) {
  reply_expiry(call, [](uint64_t at) { return (at + 500) / 1000; });
}
void pexpiretime(CommandCall& call) {
  reply_expiry(call, [](uint64_t at) { return at; });
}

void persist(CommandCall& call) {
  const auto state = keyspace(call).string(call.args[1]);
  if (!state) return reply_error(call.out, state.error());
  if (state->type == KeyType::kNone || state->expires_ms == 0) return call.out.integer(0);
  if (write(call, only(expiry_edit(call.args[1], *state, 0)))) call.out.integer(1);
}

}  // namespace tutti::commands
