#include <vector>

#include "protocol/commands/command_list.h"
#include "protocol/commands/command_table.h"
#include "protocol/commands/replies.h"
#include "storage/base/version.h"

namespace tutti {
namespace {

std::vector<ByteView> flag_names(const CommandEntry& spec) {
  std::vector<ByteView> names;
  if (spec.flags & CommandEntry::kWrite) names.push_back("write");
  if (spec.flags & CommandEntry::kReadOnly) names.push_back("readonly");
  if (spec.flags & CommandEntry::kAdmin) names.push_back("admin");
  if (spec.flags & CommandEntry::kFast) names.push_back("fast");
  if (spec.flags & CommandEntry::kNoAuth) names.push_back("no_auth");
  return names;
}

std::vector<std::string> categories(const CommandEntry& spec) {
  std::vector<std::string> names;
  if (spec.flags & CommandEntry::kWrite) names.emplace_back("@write");
  if (spec.flags & CommandEntry::kReadOnly) names.emplace_back("@read");
  if (spec.flags & CommandEntry::kAdmin) names.emplace_back("@admin");
  names.push_back("@" + std::string(spec.group == "generic" ? "keyspace" : spec.group));
  names.emplace_back(spec.flags & CommandEntry::kFast ? "@fast" : "@slow");
  return names;
}

// Ten items, as Redis 7 has them; tips, key specifications and subcommands are left empty.
void describe(const CommandEntry& spec, RespWriter& out) {
  out.array(10);
  out.bulk(spec.name);
  out.integer(spec.arity);
  const auto flags = flag_names(spec);
  out.set(flags.size());
  for (const ByteView flag : flags) out.simple(flag);
  out.integer(spec.first_key);
  out.integer(spec.last_key);
  out.integer(spec.key_step);
  const auto groups = categories(spec);
  out.set(groups.size());
  for (const std::string& group : groups) out.simple(group);
  out.set(0);
  out.set(0);
  out.set(0);
}

void document(const CommandEntry& spec, RespWriter& out) {
  out.bulk(spec.name);
  out.map(4);
  out.field("summary", spec.summary);
  out.field("since", version());
  out.field("group", spec.group);
  out.field("syntax", spec.syntax);
}

void describe_all(RespWriter& out) {
  out.array(command_table().size());
  for (const CommandEntry& spec : command_table()) describe(spec, out);
}

void count(CommandCall& call) { call.out.integer(static_cast<int64_t>(command_table().size())); }

void list(CommandCall& call) {
  call.out.set(command_table().size());
  for (const CommandEntry& spec : command_table()) call.out.bulk(spec.name);
}

void info(CommandCall& call) {
  if (call.args.size() == 2) return describe_all(call.out);
  call.out.array(call.args.size() - 2);
  for (const ByteView name : call.args.subspan(2)) {
    const CommandEntry* spec = find_command(name);
    if (spec) {
      describe(*spec, call.out);
    } else {
      call.out.null();
    }
  }
}

void docs(CommandCall& call) {
  std::vector<const CommandEntry*> found;
  if (call.args.size() == 2) {
    for (const CommandEntry& spec : command_table()) found.push_back(&spec);
  }
  for (const ByteView name : call.args.subspan(2)) {
    if (const CommandEntry* spec = find_command(name)) found.push_back(spec);
  }
  call.out.map(found.size());
  for (const CommandEntry* spec : found) document(*spec, call.out);
}

constexpr Subcommand kCommand[] = {
    {"count", 2, count}, {"list", 2, list}, {"info", -2, info}, {"docs", -2, docs}};

}  // namespace

void commands::command(CommandCall& call) {
  if (call.args.size() == 1) return describe_all(call.out);
  run_subcommand(call, "command", kCommand);
}

}  // namespace tutti
