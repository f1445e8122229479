#include <algorithm>
#include <chrono>

#include "protocol/commands/command_list.h"
#include "protocol/commands/redis_version.h"
#include "protocol/commands/replies.h"
#include "storage/base/version.h"

namespace tutti {
namespace {

constexpr ByteView kSections[] = {"Server",      "Clients", "Memory",   "Persistence", "Stats",
                                  "Replication", "Cluster", "Keyspace", "Tutti"};

void put(std::string& out, ByteView name, ByteView value) {
  out.append(name).append(":").append(value).append("\r\n");
}

void put_server(CommandCall& call, std::string& out) {
  const auto up = call.now.mono - call.admin.started();
  put(out, "redis_version", kRedisVersion);
  put(out, "tutti_version", version());
  put(out, "redis_mode", "standalone");
  put(out, "run_id", to_hex(call.admin.self()));
  put(out, "uptime_in_seconds", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(up).count()));
}

void put_persistence(CommandCall& call, std::string& out) {
  const bool always = call.admin.durability() == Durability::kAlways;
  put(out, "loading", "0");
  put(out, "durability", always ? "always" : "interval");
  const Health health = call.admin.health();
  put(out, "accepts_writes", health.state == Health::State::kWell ? "1" : "0");
  put(out, "health", name_of(health.state));
}

void put_replication(CommandCall& call, std::string& out) {
  put(out, "role", "master");  // every node takes writes
  put(out, "connected_slaves", "0");
  put(out, "cluster_members", std::to_string(call.admin.members(call.now).size()));
}

// As of the newest merge. An exact count may read the disk for keys written blind; monitoring must not cause that.
void put_keyspace(CommandCall& call, std::string& out) {
  const auto merged = call.keys.database().merged();
  if (merged && merged->keys > 0) {
    put(out, "db0", "keys=" + std::to_string(merged->keys) + ",expires=0,avg_ttl=0");
  }
}

// The host's lines, whatever ends them.
void put_host_lines(std::string& out, ByteView lines) {
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    ByteView line = lines.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) out.append(line).append("\r\n");
    lines.remove_prefix(end == ByteView::npos ? lines.size() : end + 1);
  }
}

std::string section_lines(CommandCall& call, ByteView section) {
  std::string lines;
  if (section == "server") put_server(call, lines);
  if (section == "persistence") put_persistence(call, lines);
  if (section == "replication") put_replication(call, lines);
  if (section == "cluster")
    put(lines, "cluster_enabled", "0");  // not Redis Cluster: no slots, no redirections
  if (section == "keyspace") put_keyspace(call, lines);
  put_host_lines(lines, call.admin.info(call.now, section));
  return lines;
}

bool is_wanted(std::span<const ByteView> wanted, ByteView section) {
  constexpr ByteView kAll[] = {"all", "default", "everything"};
  return wanted.empty() || std::ranges::any_of(wanted, [&](ByteView word) {
           return equal_ignoring_case(word, section) ||
                  std::ranges::any_of(kAll, [&](ByteView all) { return equal_ignoring_case(word, all); });
         });
}

}  // namespace

void commands::info(CommandCall& call) {
  std::string text;
  for (const ByteView section : kSections) {
    if (!is_wanted(call.args.subspan(1), section)) continue;
    const std::string lines = section_lines(call, lower_case(section));
    if (lines.empty() && section != "Keyspace") continue;
    if (!text.empty()) text.append("\r\n");
    text.append("# ").append(section).append("\r\n").append(lines);
  }
  call.out.verbatim("txt", text);
}

}  // namespace tutti
