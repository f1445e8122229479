#include <algorithm>

#include "protocol/commands/command_list.h"
#include "protocol/commands/edits.h"
#include "protocol/commands/expired_rows.h"
#include "protocol/commands/expiry_arguments.h"
#include "protocol/commands/replies.h"

namespace tutti::commands {
namespace {

struct ExpireOptions {
  bool nx = false, xx = false, gt = false, lt = false;

  // NX, XX, GT and LT compare with the expiry that this node sees. Of concurrent EXPIREs the longest life counts.
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

// Whether something of the key may have ended that a new expiry would bring back. What ended otherwise than with an
// expiry that has passed: a string's value that lost to none of those here, or what is dated after one of them passes.
bool may_hold_ended(const CommandCall& call, const KeyState& state, uint64_t now_ms) {
  return (state.type == KeyType::kString && !state.expiries.empty()) ||
         state.expiries.any_ended(std::max(now_ms, call.keys.last_hlc().milliseconds()));
}

// An expiry has a row of its own, whatever the key's type, so that nothing else is written. What had ended under an
// expiry that it replaces goes with that one. `expires_ms` 0: never. Empty after an error reply.
std::optional<std::vector<Edit>> expiry_edits(CommandCall& call, const KeyState& state, uint64_t expires_ms) {
  const uint64_t now_ms = call.keys.wall_ms(call.now);
  std::vector<Edit> edits;
  const std::string row = row_key(call.args[1], RowKind::kKeyExpiry);
  if (may_hold_ended(call, state, now_ms)) {
    auto ended = find_expired(call.keys.database(), key_prefix(call.args[1]), now_ms,
                              kEditsPerOperationMax - 3, call.reading.tier);
    if (!ended) {
      if (ended.error().code == ErrorCode::kUnavailable)
        call.reading.missed.push_back(key_prefix(call.args[1]));
      reply_error(call.out, ended.error());
      return std::nullopt;
    }
    edits = std::move(ended->edits);
    std::erase_if(edits, [&](const Edit& edit) { return edit.target == row; });
  }
  const auto since = state.expiries.since(now_ms);
  edits.push_back(put_row(row, expiry_payload(expires_ms, since.ms, since.from)));
  return edits;
}

// False after an error reply.
bool write_expiry(CommandCall& call, const KeyState& state, uint64_t expires_ms) {
  auto edits = expiry_edits(call, state, expires_ms);
  return edits && write(call, *std::move(edits));
}

struct GetexExpiry {
  std::optional<int64_t> at;
  bool persist = false;
};

// Empty after an error reply.
std::optional<GetexExpiry> getex_expiry(CommandCall& call) {
  GetexExpiry wanted;
  if (call.args.size() == 2) return wanted;
  const auto* unit = find_expiry_word(call.args[2]);
  wanted.persist = equal_ignoring_case(call.args[2], "persist");
  if (call.args.size() != (wanted.persist ? 3u : 4u) || (!wanted.persist && !unit)) {
    reply_syntax_error(call.out);
    return std::nullopt;
  }
  if (wanted.persist) return wanted;
  wanted.at = expiry_argument(call, 3, *unit, true, "getex");
  if (!wanted.at) return std::nullopt;
  return wanted;
}

void set_expiry(CommandCall& call, TimeUnit unit, ByteView command) {
  const auto options = expire_options(call);
  if (!options) return;
  const auto at = expiry_argument(call, 2, unit, false, command);
  if (!at) return;
  const ByteView key = call.args[1];
  const auto state = keyspace(call).inspect(key);
  if (!state) return reply_error(call.out, state.error());
  if (state->type == KeyType::kNone || !options->allow(state->expires_ms, *at)) return call.out.integer(0);
  const bool past = *at <= static_cast<int64_t>(call.keys.wall_ms(call.now));
  const bool done =
      past ? write(call, only(remove_key(key))) : write_expiry(call, *state, static_cast<uint64_t>(*at));
  if (done) call.out.integer(1);
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
  reply_expiry(call, [&](uint64_t at) { return (at - call.keys.wall_ms(call.now) + 500) / 1000; });
}
void pttl(CommandCall& call) {
  reply_expiry(call, [&](uint64_t at) { return at - call.keys.wall_ms(call.now); });
}
void expiretime(CommandCall& call) {
  reply_expiry(call, [](uint64_t at) { return (at + 500) / 1000; });
}
void pexpiretime(CommandCall& call) {
  reply_expiry(call, [](uint64_t at) { return at; });
}

void persist(CommandCall& call) {
  const auto state = keyspace(call).inspect(call.args[1]);
  if (!state) return reply_error(call.out, state.error());
  if (state->type == KeyType::kNone || state->expires_ms == 0) return call.out.integer(0);
  if (write_expiry(call, *state, 0)) call.out.integer(1);
}

void getex(CommandCall& call) {
  const ByteView key = call.args[1];
  const auto wanted = getex_expiry(call);
  if (!wanted) return;
  const auto state = keyspace(call).string(key);
  if (!state) return reply_error(call.out, state.error());
  if (state->type == KeyType::kNone) return call.out.null();
  if (state->type != KeyType::kString) return reply_wrong_type(call.out);
  if (wanted->at) {
    const bool past = *wanted->at <= static_cast<int64_t>(call.keys.wall_ms(call.now));
    if (past ? !write(call, only(remove_key(key)))
             : !write_expiry(call, *state, static_cast<uint64_t>(*wanted->at)))
      return;
  } else if (wanted->persist && state->expires_ms != 0 && !write_expiry(call, *state, 0)) {
    return;
  }
  call.out.bulk(state->value);
}

}  // namespace tutti::commands
