#include <algorithm>
#include <vector>

#include "protocol/commands/command_list.h"
#include "protocol/commands/command_table.h"
#include "protocol/commands/glob.h"
#include "protocol/commands/replies.h"

namespace tutti {
namespace {

struct Parameter {
  ByteView name;
  std::string value;
};

// The parameters that clients and redis-benchmark ask for, with their true values, and tutti's own.
std::vector<Parameter> parameters(const Admin& admin) {
  const bool always = admin.durability() == Durability::kAlways;
  return {
      {"appendfsync", always ? "always" : "everysec"},
      {"appendonly", "yes"},
      {"databases", "1"},
      {"durability", always ? "always" : "interval"},
      {"maxmemory", "0"},
      {"maxmemory-policy", "noeviction"},
      {"proto-max-bulk-len", "536870912"},
      {"save", ""},
      {"timeout", "0"},
  };
}

void get(CommandCall& call) {
  std::vector<Parameter> found = parameters(call.admin);
  std::erase_if(found, [&](const Parameter& parameter) {
    return std::ranges::none_of(call.args.subspan(2),
                                [&](ByteView pattern) { return glob_match(pattern, parameter.name, true); });
  });
  call.out.map(found.size());
  for (const Parameter& parameter : found) call.out.field(parameter.name, parameter.value);
}

// Empty after an error reply.
std::optional<Durability> durability_of(CommandCall& call, ByteView name, ByteView value) {
  if (!equal_ignoring_case(name, "durability")) {
    const auto known = parameters(call.admin);
    if (std::ranges::any_of(known, [&](const Parameter& p) { return equal_ignoring_case(p.name, name); })) {
      call.out.error("ERR CONFIG SET failed (possibly related to argument '" + std::string(name) +
                     "') - can't set immutable config");
    } else {
      call.out.error("ERR Unknown option or number of arguments for CONFIG SET - '" + std::string(name) +
                     "'");
    }
    return std::nullopt;
  }
  if (equal_ignoring_case(value, "always")) return Durability::kAlways;
  if (equal_ignoring_case(value, "interval")) return Durability::kInterval;
  call.out.error(
      "ERR CONFIG SET failed (possibly related to argument 'durability') - argument must be one of the "
      "following: "
      "always, interval");
  return std::nullopt;
}

void set(CommandCall& call) {
  if (call.args.size() % 2 != 0) return reply_wrong_arguments(call.out, "config|set");
  std::optional<Durability> durability;
  for (size_t i = 2; i < call.args.size(); i += 2) {
    durability = durability_of(call, call.args[i], call.args[i + 1]);
    if (!durability) return;
  }
  call.admin.set_durability(*durability);
  call.out.ok();
}

constexpr Subcommand kConfig[] = {{"get", -3, get}, {"set", -4, set}};

}  // namespace

void commands::config(CommandCall& call) { run_subcommand(call, "config", kConfig); }

}  // namespace tutti
