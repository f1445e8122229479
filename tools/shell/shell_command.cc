#include "tools/shell/shell_command.h"

#include <algorithm>
#include <optional>
#include <set>

#include "protocol/roles.h"
#include "tools/shell/words.h"

namespace tutti {
namespace {

using Args = std::span<const std::string>;
using Kind = RespValue::Kind;

RespValue empty_value(Kind kind) {
  RespValue value;
  value.kind = kind;
  return value;
}

RespValue text_value(std::string_view text) {
  RespValue value = empty_value(Kind::kBulk);
  value.text = text;
  return value;
}

// `done`: whether the answer is yes. `otherwise`: the message if it is no.
Answer answer_of(std::string name, RespValue value, bool done = true, std::string otherwise = {}) {
  Answer answer;
  answer.exit = done ? ExitCode::kDone : ExitCode::kNo;
  answer.name = std::move(name);
  answer.value = std::move(value);
  if (!done) answer.verdict = std::move(otherwise);
  return answer;
}

// A map in whichever spelling the node's protocol version has for it.
RespValue as_map(RespValue value) {
  if (value.kind == Kind::kArray && value.items.size() % 2 == 0) value.kind = Kind::kMap;
  return value;
}

// The reply, where it is no error.
Outcome<RespValue> ask(Connection& node, const std::vector<std::string>& request) {
  auto reply = node.call(request);
  if (reply && reply->is_error()) return failure(exit_code_of(*reply), reply->text);
  return reply;
}

std::vector<std::string> request_of(std::string_view name, Args args) {
  std::vector<std::string> request{std::string(name)};
  request.insert(request.end(), args.begin(), args.end());
  return request;
}

// "90s", "15m", "24h", "7d" in seconds.
std::optional<uint64_t> parse_seconds(std::string_view text) {
  static constexpr std::pair<char, uint64_t> kUnits[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
  if (text.size() < 2 || text.size() > 8) return std::nullopt;
  const std::string_view digits = text.substr(0, text.size() - 1);
  if (digits.find_first_not_of("0123456789") != digits.npos) return std::nullopt;
  for (const auto& [unit, seconds] : kUnits) {
    if (text.back() == unit) return std::stoull(std::string(digits)) * seconds;
  }
  return std::nullopt;
}

Outcome<Answer> run_status(Connection& node, Args) {
  auto status = ask(node, {"TUTTI.STATUS"});
  if (!status) return std::unexpected(status.error());
  const RespValue* trouble = status->find("trouble");
  const bool well = trouble == nullptr || trouble->text.empty();
  Answer answer = answer_of("", as_map(std::move(*status)));
  if (!well) answer.exit = ExitCode::kTrouble;
  return answer;
}

Outcome<Answer> run_members(Connection& node, Args) {
  auto members = ask(node, {"TUTTI.MEMBERS"});
  if (!members) return std::unexpected(members.error());
  for (RespValue& member : members->items) member = as_map(std::move(member));
  return answer_of("members", std::move(*members));
}

Outcome<Answer> run_get(Connection& node, Args args) {
  auto value = ask(node, request_of("GET", args));
  if (!value) return std::unexpected(value.error());
  const bool found = !value->is_null();
  return answer_of("value", std::move(*value), found, "There is no such key.");
}

Outcome<Answer> run_set(Connection& node, Args args) {
  auto reply = ask(node, request_of("SET", args));
  if (!reply) return std::unexpected(reply.error());
  return answer_of("set", std::move(*reply));
}

Outcome<Answer> run_del(Connection& node, Args args) {
  auto count = ask(node, request_of("DEL", args));
  if (!count) return std::unexpected(count.error());
  const bool any = count->integer > 0;
  return answer_of("deleted", std::move(*count), any);
}

Outcome<Answer> run_hgetall(Connection& node, Args args) {
  auto fields = ask(node, request_of("HGETALL", args));
  if (!fields) return std::unexpected(fields.error());
  const bool found = !fields->items.empty();
  return answer_of("fields", as_map(std::move(*fields)), found, "There is no such hash.");
}

// Every key once, in order of name: a scan may bring one twice.
Outcome<Answer> run_scan(Connection& node, Args args) {
  std::set<std::string> keys;
  std::string cursor = "0";
  do {
    std::vector<std::string> request{"SCAN", cursor, "COUNT", "1000"};
    if (!args.empty()) request.insert(request.end(), {"MATCH", args[0]});
    const auto page = ask(node, request);
    if (!page) return std::unexpected(page.error());
    if (page->items.size() != 2) {
      return failure(ExitCode::kUnreachable, "The node's SCAN answers in a form that is unknown here.");
    }
    cursor = page->items[0].text;
    for (const RespValue& key : page->items[1].items) keys.insert(key.text);
  } while (cursor != "0");
  RespValue list = empty_value(Kind::kArray);
  for (const std::string& key : keys) list.items.push_back(text_value(key));
  return answer_of("keys", std::move(list), !keys.empty(), "No key matches.");
}

Outcome<Answer> run_verify(Connection& node, Args) {
  auto reply = ask(node, {"TUTTI.VERIFY"});
  if (!reply) return std::unexpected(reply.error());
  RespValue verdict = as_map(std::move(*reply));
  bool agree = false;
  size_t answered = 0;
  size_t silent = 0;
  for (size_t i = 0; i + 1 < verdict.items.size(); i += 2) {
    const std::string& name = verdict.items[i].text;
    RespValue& value = verdict.items[i + 1];
    if (name == "agree") {
      value.kind = Kind::kBoolean;  // RESP2 has it as 0 or 1
      agree = value.integer != 0;
    } else if (name == "nodes") {
      answered = value.items.size();
      for (RespValue& one : value.items) one = as_map(std::move(one));
    } else if (name == "silent") {
      silent = value.items.size();
    }
  }
  std::string sentence;
  if (agree) {
    sentence = "All " + std::to_string(answered) + " nodes hold the same state.";
  } else if (silent > 0) {
    sentence = std::to_string(silent) + " of " + std::to_string(answered + silent) +
               " nodes did not answer in time.";
  } else {
    sentence =
        "The nodes do not agree. Where writes are going on, ask again; if it stays so, see their logs.";
  }
  Answer answer = answer_of("", std::move(verdict), agree);
  answer.verdict = sentence;
  return answer;
}

Outcome<Answer> run_transfer(Connection& node, Args args) {
  auto reply = ask(node, request_of("TUTTI.TRANSFER", args));
  if (!reply) return std::unexpected(reply.error());
  return answer_of(args.empty() ? "" : "transfer", as_map(std::move(*reply)));
}

Outcome<Answer> run_meet(Connection& node, Args args) {
  auto reply = ask(node, request_of("TUTTI.MEET", args));
  if (!reply) return std::unexpected(reply.error());
  RespValue met = as_map(std::move(*reply));
  bool reached = false;
  std::string sentence;
  for (size_t i = 0; i + 1 < met.items.size(); i += 2) {
    RespValue& value = met.items[i + 1];
    if (met.items[i].text == "result") sentence = value.text;
    if (met.items[i].text != "reached") continue;
    value.kind = Kind::kBoolean;  // RESP2 has it as 0 or 1
    reached = value.integer != 0;
  }
  Answer answer = answer_of("", std::move(met), reached);
  answer.verdict = sentence;
  return answer;
}

Outcome<Answer> run_invite(Connection& node, Args args) {
  uint64_t ttl = kInvitationSecondsDefault;
  std::string role = "replica";
  for (size_t i = 0; i < args.size(); i += 2) {
    const bool is_ttl = args[i] == "--ttl";
    if ((!is_ttl && args[i] != "--role") || i + 1 == args.size()) {
      return failure(ExitCode::kUsage, "usage: invite [--ttl 1h] [--role replica]");
    }
    if (!is_ttl) {
      role = args[i + 1];
      if (!invited_role(role))
        return failure(ExitCode::kUsage, "--role is " + std::string(kInvitedRoles) + ".");
      continue;
    }
    const auto seconds = parse_seconds(args[i + 1]);
    if (!seconds || *seconds == 0 || *seconds > kInvitationSecondsMax) {
      return failure(ExitCode::kUsage, "--ttl takes a time such as 90s, 15m, 24h or 7d; 30d at most.");
    }
    ttl = *seconds;
  }
  auto token = ask(node, {"TUTTI.INVITE", std::to_string(ttl), role});
  // The arguments are valid, so the node refused: it may lack the cluster's key, for example.
  if (!token && token.error().exit == ExitCode::kUsage)
    return failure(ExitCode::kUnreachable, token.error().message);
  if (!token) return std::unexpected(token.error());
  return answer_of("token", std::move(*token));
}

Outcome<Answer> run_fingerprint(Connection& node, Args) {
  auto reply = ask(node, {"TUTTI.FINGERPRINT"});
  if (!reply) return std::unexpected(reply.error());
  return answer_of("", as_map(std::move(*reply)));
}

Outcome<Answer> run_help(Connection& node, Args args);

constexpr size_t kAny = 1'000'000;
constexpr ShellCommand kCommands[] = {
    {"status", "status", "this node's state; 4 if its data or disk is in trouble", 0, 0, run_status},
    {"members", "members", "who is in the cluster, and who is reachable", 0, 0, run_members},
    {"get", "get KEY", "a key's value; 1 if there is none", 1, 1, run_get},
    {"set", "set KEY VALUE [EX SECONDS ...]", "gives a key a value", 2, kAny, run_set},
    {"del", "del KEY...", "deletes keys; 1 if none existed", 1, kAny, run_del},
    {"hgetall", "hgetall KEY", "a hash's fields; 1 if there is none", 1, 1, run_hgetall},
    {"scan", "scan [PATTERN]", "all keys, or those that match a glob; 1 if there is none", 0, 1, run_scan},
    {"verify", "verify", "asks every node: same clock, same fingerprint? 1 if not", 0, 0, run_verify},
    {"fingerprint", "fingerprint", "this node's 128 bits over all its data", 0, 0, run_fingerprint},
    {"transfer", "transfer [allow|deny]", "a transfer that would delete much and waits; what to do with it",
     0, 1, run_transfer},
    {"meet", "meet HOST:PORT", "introduces this node to the member that listens there; 1 if none does", 1, 1,
     run_meet},
    {"invite", "invite [--ttl 1h] [--role replica]", "a one-time token for tuttid join", 0, 4, run_invite},
    {"help", "help [WORD]", "this list and the node's own commands, or one of them", 0, 1, run_help},
};

RespValue help_entry(std::string_view usage, std::string_view help) {
  RespValue entry = empty_value(Kind::kMap);
  entry.items = {text_value("command"), text_value(usage), text_value("does"), text_value(help)};
  return entry;
}

// The shell's own words, then those of the node, where one answers.
Outcome<Answer> run_help(Connection& node, Args args) {
  RespValue list = empty_value(Kind::kArray);
  const std::string wanted = args.empty() ? "" : lower(args[0]);
  for (const ShellCommand& command : kCommands) {
    if (wanted.empty() || wanted == command.name)
      list.items.push_back(help_entry(command.usage, command.help));
  }
  if (!wanted.empty() && !list.items.empty()) return answer_of("commands", std::move(list));
  for (const NodeCommand& command : node_commands(node)) {
    const bool own = find_shell_command(command.name) != nullptr;
    if (wanted.empty() ? !own : wanted == command.name) {
      const std::string usage =
          command.name + (command.syntax.empty() || wanted.empty() ? "" : " " + command.syntax);
      list.items.push_back(help_entry(usage, command.summary));
    }
  }
  const bool found = !list.items.empty();
  return answer_of("commands", std::move(list), found, "There is no such command; help lists all of them.");
}

Outcome<Answer> run_raw(Connection& node, Args words) {
  auto reply = ask(node, {words.begin(), words.end()});
  if (!reply) return std::unexpected(reply.error());
  const bool found = !reply->is_null();
  return answer_of("reply", std::move(*reply), found, "Nothing there.");
}

}  // namespace

std::span<const ShellCommand> shell_commands() { return kCommands; }

const ShellCommand* find_shell_command(std::string_view name) {
  const std::string wanted = lower(name);
  const auto* const found = std::ranges::find(kCommands, wanted, &ShellCommand::name);
  return found == std::end(kCommands) ? nullptr : found;
}

Outcome<Answer> run_command(Connection& node, Args words) {
  const ShellCommand* command = find_shell_command(words[0]);
  if (command == nullptr) return run_raw(node, words);
  const Args args = words.subspan(1);
  if (args.size() < command->args_min || args.size() > command->args_max) {
    return failure(ExitCode::kUsage, "usage: " + std::string(command->usage));
  }
  return command->run(node, args);
}

std::vector<NodeCommand> node_commands(Connection& node) {
  auto docs = ask(node, {"COMMAND", "DOCS"});
  if (!docs) return {};
  std::vector<NodeCommand> commands;
  for (size_t i = 0; i + 1 < docs->items.size(); i += 2) {
    const auto text_of = [&](std::string_view name) {
      const RespValue* text = docs->items[i + 1].find(name);
      return text == nullptr ? std::string() : text->text;
    };
    commands.push_back({lower(docs->items[i].text), text_of("syntax"), text_of("summary")});
  }
  std::ranges::sort(commands, {}, &NodeCommand::name);
  return commands;
}

}  // namespace tutti
