#include <algorithm>

#include "protocol/commands/command_table.h"
#include "protocol/commands/replies.h"
#include "storage/model/row_key.h"

namespace tutti {
namespace {

// Commands of Redis that would need one node to decide for all: the error says so, instead of "unknown".
constexpr ByteView kNeedCoordinator[] = {"setnx", "msetnx", "hsetnx", "watch"};

bool is_any_of(ByteView name, std::span<const ByteView> names) {
  return std::ranges::any_of(names, [&](ByteView n) { return equal_ignoring_case(n, name); });
}

// As C prints it: up to a NUL.
ByteView printed(ByteView text, size_t bytes_max) {
  return text.substr(0, std::min(text.find('\0'), bytes_max));
}

void reply_unknown(CommandCall& call) {
  constexpr size_t kShownBytes = 128;
  const ByteView name = call.args[0];
  if (is_any_of(name, kNeedCoordinator)) {
    return call.out.error(
        "ERR '" + lower_case(name) +
        "' needs a coordinator, and this cluster has none: nodes that cannot hear each other "
        "would both succeed");
  }
  // A browser that was tricked into speaking to this port: nothing that it sends after this line may run.
  constexpr ByteView kHttp[] = {"post", "host:"};
  if (is_any_of(name, kHttp)) call.client.closing = true;
  std::string shown;
  for (size_t i = 1; i < call.args.size() && shown.size() < kShownBytes; ++i) {
    const ByteView arg = printed(call.args[i], kShownBytes - shown.size());
    shown.append("'").append(arg).append("' ");
  }
  call.out.error("ERR unknown command '" + std::string(printed(name, kShownBytes)) +
                 "', with args beginning with: " + shown);
}

template <class Visit>
void each_key(const CommandEntry& spec, std::span<const ByteView> args, const Visit& visit) {
  if (spec.first_key == 0) return;
  const int size = static_cast<int>(args.size());
  const int last = spec.last_key < 0 ? size + spec.last_key : spec.last_key;
  for (int i = spec.first_key; i <= last && i < size; i += spec.key_step) visit(args[static_cast<size_t>(i)]);
}

// Before anything is taken: row keys of longer ones do not exist.
bool keys_fit(const CommandEntry& spec, std::span<const ByteView> args) {
  bool fit = true;
  each_key(spec, args, [&](ByteView key) { fit = fit && key.size() <= kKeyBytesMax; });
  return fit;
}

}  // namespace

void add_targets(std::span<const ByteView> args, std::vector<std::string>& targets) {
  const CommandEntry* spec = find_command(args[0]);
  if (!spec) return;
  each_key(*spec, args, [&](ByteView key) {
    if (key.size() <= kKeyBytesMax) targets.push_back(key_prefix(key));
  });
}

void execute(CommandCall& call, ByteView password) {
  call.password = password;
  call.out.set_protocol(call.client.protocol);
  const CommandEntry* spec = find_command(call.args[0]);
  if (!spec) return reply_unknown(call);
  if (!arity_fits(spec->arity, call.args.size())) return reply_wrong_arguments(call.out, spec->name);
  if (!password.empty() && !call.client.authenticated && !(spec->flags & CommandEntry::kNoAuth)) {
    return call.out.error("NOAUTH Authentication required.");
  }
  if (!keys_fit(*spec, call.args)) return call.out.error("ERR a key may hold 65536 bytes at most");
  const size_t before = call.out.size();
  spec->function(call);
  if (call.reading.missed.empty()) return;
  call.out.truncate(before);
  add_targets(call.args, call.reading.missed);  // it may miss its other keys too
  call.deferred = FetchRequest{std::move(call.reading.missed)};
}

void run_subcommand(CommandCall& call, ByteView command, std::span<const Subcommand> subcommands) {
  for (const Subcommand& sub : subcommands) {
    if (!equal_ignoring_case(sub.name, call.args[1])) continue;
    if (!arity_fits(sub.arity, call.args.size())) {
      return reply_wrong_arguments(call.out, std::string(command) + "|" + std::string(sub.name));
    }
    return sub.function(call);
  }
  std::string upper(command);
  for (char& c : upper) c = static_cast<char>(c - 32);
  call.out.error("ERR unknown subcommand '" + std::string(printed(call.args[1], 128)) + "'. Try " + upper +
                 " HELP.");
}

}  // namespace tutti
