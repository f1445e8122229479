#include <algorithm>

#include "protocol/commands/client_name.h"
#include "protocol/commands/command_list.h"
#include "protocol/commands/command_table.h"
#include "protocol/commands/replies.h"

namespace tutti {
namespace {

// Allowed in a line of CLIENT LIST: printable characters without spaces.
bool is_plain(ByteView text) {
  return std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
}

std::string describe(const Client& client) {
  std::string line = "id=" + std::to_string(client.id) + " addr=" + client.address + " name=" + client.name;
  line += " db=0 user=default resp=" + std::to_string(client.protocol);
  line += " lib-name=" + client.library + " lib-ver=" + client.library_version + "\n";
  return line;
}

void setname(CommandCall& call) {
  if (take_client_name(call, call.args[2])) call.out.ok();
}

void getname(CommandCall& call) {
  call.client.name.empty() ? call.out.null() : call.out.bulk(call.client.name);
}

void setinfo(CommandCall& call) {
  const bool name = equal_ignoring_case(call.args[2], "lib-name");
  if (!name && !equal_ignoring_case(call.args[2], "lib-ver")) {
    return call.out.error("ERR Unrecognized option '" + std::string(call.args[2]) + "'");
  }
  if (!is_plain(call.args[3])) {
    return call.out.error("ERR " + lower_case(call.args[2]) +
                          " cannot contain spaces, newlines or special characters.");
  }
  (name ? call.client.library : call.client.library_version) = call.args[3];
  call.out.ok();
}

void id(CommandCall& call) { call.out.integer(static_cast<int64_t>(call.client.id)); }

void info(CommandCall& call) { call.out.verbatim("txt", describe(call.client)); }

// Lists the client's own connection. Only the door knows the others.
void list(CommandCall& call) { call.out.verbatim("txt", describe(call.client)); }

// Nothing is ever evicted, so ON and OFF are the same.
void no_evict(CommandCall& call) {
  if (!equal_ignoring_case(call.args[2], "on") && !equal_ignoring_case(call.args[2], "off")) {
    return reply_syntax_error(call.out);
  }
  call.out.ok();
}

constexpr Subcommand kClient[] = {
    {"setname", 3, setname}, {"getname", 2, getname}, {"setinfo", 4, setinfo},   {"id", 2, id},
    {"info", 2, info},       {"list", -2, list},      {"no-evict", 3, no_evict},
};

}  // namespace

bool take_client_name(CommandCall& call, ByteView name) {
  if (!is_plain(name)) {
    call.out.error("ERR Client names cannot contain spaces, newlines or special characters.");
    return false;
  }
  call.client.name = name;
  return true;
}

void commands::client(CommandCall& call) { run_subcommand(call, "client", kClient); }

}  // namespace tutti
