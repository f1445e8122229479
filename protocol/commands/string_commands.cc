#include <algorithm>
#include <unordered_set>

#include "protocol/commands/command_list.h"
#include "protocol/commands/edits.h"
#include "protocol/commands/expiry_arguments.h"
#include "protocol/commands/replies.h"
#include "protocol/resp/resp_parser.h"

namespace tutti::commands {
namespace {

struct SetOptions {
  bool get = false;
  bool keep_ttl = false;
  bool conditional = false;  // NX or XX
  std::optional<int64_t> expires_ms;
};

// Empty after an error reply. Checks the syntax of all options before any number, as Redis does.
std::optional<SetOptions> set_options(CommandCall& call) {
  SetOptions options;
  const TimeUnit* expiry = nullptr;
  size_t expiry_at = 0;
  ByteView condition;
  bool good = true;
  for (size_t i = 3; i < call.args.size() && good; ++i) {
    const ByteView word = call.args[i];
    if (equal_ignoring_case(word, "get")) {
      options.get = true;
    } else if (equal_ignoring_case(word, "keepttl")) {
      good = !expiry;
      options.keep_ttl = true;
    } else if (equal_ignoring_case(word, "nx") || equal_ignoring_case(word, "xx")) {
      good = condition.empty() || equal_ignoring_case(condition, word);
      condition = word;
    } else {
      const TimeUnit* found = find_expiry_word(word);
      good = found && !expiry && !options.keep_ttl && i + 1 < call.args.size();
      expiry = found;
      expiry_at = ++i;
    }
  }
  if (!good) {
    reply_syntax_error(call.out);
    return std::nullopt;
  }
  options.conditional = !condition.empty();
  if (expiry) {
    options.expires_ms = expiry_argument(call, expiry_at, *expiry, true, "set");
    if (!options.expires_ms) return std::nullopt;
  }
  return options;
}

// A key that would expire at once is deleted.
Edit set_edit(ByteView key, ByteView value, std::optional<int64_t> expires_ms, uint64_t now_ms) {
  if (!expires_ms) return put_key(key, value_payload(value));
  if (*expires_ms <= static_cast<int64_t>(now_ms)) return remove_key(key);
  return put_key(key, value_payload(value, static_cast<uint64_t>(*expires_ms)));
}

// Empty after an error reply: another type, or a failed read.
std::optional<StringState> open_string(CommandCall& call, ByteView key) {
  auto string = keyspace(call).string(key);
  if (!string) {
    reply_error(call.out, string.error());
    return std::nullopt;
  }
  if (string->type != KeyType::kString && string->type != KeyType::kNone) {
    reply_wrong_type(call.out);
    return std::nullopt;
  }
  return std::move(*string);
}

void reply_value(RespWriter& out, const StringState& string) {
  string.type == KeyType::kString ? out.bulk(string.value) : out.null();
}

void set_expiring(CommandCall& call, TimeUnit unit, ByteView command) {
  const auto expires_ms = expiry_argument(call, 2, unit, true, command);
  if (!expires_ms) return;
  if (write(call, only(set_edit(call.args[1], call.args[3], expires_ms, call.keys.wall_ms(call.now)))))
    call.out.ok();
}

// Writes a value straight to the reply, before the key's type is known. Takes it back if the key is no string.
Result<KeyType> reply_if_string(CommandCall& call, ByteView key) {
  const size_t before = call.out.size();
  const auto state = keyspace(call).inspect(
      key, [&call, before](const Lives&, const RegisterValue& folded, const KeyExpiries&) {
        call.out.truncate(before);
        call.out.bulk(folded.value());
      });
  if (!state || state->type != KeyType::kString) call.out.truncate(before);
  if (!state) return std::unexpected(state.error());
  return state->type;
}

}  // namespace

void get(CommandCall& call) {
  const auto type = reply_if_string(call, call.args[1]);
  if (!type) return reply_error(call.out, type.error());
  if (*type == KeyType::kNone) return call.out.null();
  if (*type != KeyType::kString) return reply_wrong_type(call.out);
}

void set(CommandCall& call) {
  const ByteView key = call.args[1];
  if (call.args.size() == 3) {
    if (write(call, only(put_key(key, value_payload(call.args[2]))))) call.out.ok();
    return;
  }
  auto options = set_options(call);
  if (!options) return;
  if (options->conditional) {
    return call.out.error(
        "ERR SET with NX or XX needs a coordinator, and this cluster has none: nodes that cannot hear each "
        "other "
        "would both succeed");
  }
  StringState former;
  if (options->get || options->keep_ttl) {
    auto string = keyspace(call).string(key);
    if (!string) return reply_error(call.out, string.error());
    former = std::move(*string);
    const bool other_type = former.type != KeyType::kString && former.type != KeyType::kNone;
    if (options->get && other_type) return reply_wrong_type(call.out);
    if (options->keep_ttl && former.expires_ms != 0)
      options->expires_ms = static_cast<int64_t>(former.expires_ms);
  }
  if (!write(call, only(set_edit(key, call.args[2], options->expires_ms, call.keys.wall_ms(call.now)))))
    return;
  options->get ? reply_value(call.out, former) : call.out.ok();
}

void getset(CommandCall& call) {
  const auto former = open_string(call, call.args[1]);
  if (!former) return;
  if (write(call, only(put_key(call.args[1], value_payload(call.args[2]))))) reply_value(call.out, *former);
}

void getdel(CommandCall& call) {
  const auto former = open_string(call, call.args[1]);
  if (!former) return;
  if (former->type == KeyType::kNone) return call.out.null();
  if (write(call, only(remove_key(call.args[1])))) call.out.bulk(former->value);
}

void setex(CommandCall& call) { set_expiring(call, kSecondsFromNow, "setex"); }
void psetex(CommandCall& call) { set_expiring(call, kMillisecondsFromNow, "psetex"); }

void mget(CommandCall& call) {
  const size_t before = call.out.size();
  call.out.array(call.args.size() - 1);
  for (const ByteView key : call.args.subspan(1)) {
    const auto type = reply_if_string(call, key);
    if (!type) {
      call.out.truncate(before);
      return reply_error(call.out, type.error());
    }
    if (*type != KeyType::kString) call.out.null();
  }
}

// An operation has one payload for a row: if a key is named twice, its last value counts, so the loop begins at the
// last pair.
void mset(CommandCall& call) {
  if (call.args.size() % 2 == 0) return reply_wrong_arguments(call.out, "mset");
  std::vector<Edit> edits;
  std::unordered_set<ByteView> seen;
  for (size_t i = call.args.size(); i > 1; i -= 2) {
    const ByteView key = call.args[i - 2];
    if (seen.insert(key).second) edits.push_back(put_key(key, value_payload(call.args[i - 1])));
  }
  if (write(call, std::move(edits))) call.out.ok();
}

void strlen(CommandCall& call) {
  size_t size = 0;
  const auto state =
      keyspace(call).inspect(call.args[1], [&size](const Lives&, const RegisterValue& folded,
                                                   const KeyExpiries&) { size = folded.value().size(); });
  if (!state) return reply_error(call.out, state.error());
  if (state->type != KeyType::kString && state->type != KeyType::kNone) return reply_wrong_type(call.out);
  call.out.integer(state->type == KeyType::kString ? static_cast<int64_t>(size) : 0);
}

// APPEND writes the whole new value, since a register has no parts. Of concurrent appends one is seen.
void append(CommandCall& call) {
  auto string = open_string(call, call.args[1]);
  if (!string) return;
  if (string->value.size() + call.args[2].size() > RespParser::kBulkBytesMax) {
    return call.out.error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  }
  string->value.append(call.args[2]);
  const bool changes = string->type == KeyType::kNone || !call.args[2].empty();
  if (changes && !write(call, only(put_key(call.args[1], value_payload(string->value, string->expires_ms)))))
    return;
  call.out.integer(static_cast<int64_t>(string->value.size()));
}

}  // namespace tutti::commands
