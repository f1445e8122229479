#include <algorithm>

#include "protocol/commands/client_name.h"
#include "protocol/commands/command_list.h"
#include "protocol/commands/redis_version.h"
#include "protocol/commands/replies.h"
#include "storage/base/integer.h"

namespace tutti::commands {
namespace {

// Takes the same time wherever the first difference is.
bool same_secret(ByteView given, ByteView secret) {
  uint8_t difference = given.size() == secret.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<uint8_t>(given[i] ^ secret[secret.empty() ? 0 : i % secret.size()]);
  }
  return difference == 0;
}

// Redis's "default" user; there is no other. If no password is needed, any password is right.
bool authenticate(CommandCall& call, ByteView user, ByteView password) {
  const bool good = user == "default" && (call.password.empty() || same_secret(password, call.password));
  if (good) {
    call.client.authenticated = true;
  } else {
    call.out.error("WRONGPASS invalid username-password pair or user is disabled.");
  }
  return good;
}

struct HelloOptions {
  int protocol;
  std::optional<std::pair<ByteView, ByteView>> auth;
  std::optional<ByteView> name;
};

std::optional<HelloOptions> hello_options(CommandCall& call) {
  HelloOptions options{call.client.protocol, {}, {}};
  if (call.args.size() > 1) {
    const auto version = parse_integer(call.args[1]);
    if (!version) {
      call.out.error("ERR Protocol version is not an integer or out of range");
      return std::nullopt;
    }
    if (*version != 2 && *version != 3) {
      call.out.error("NOPROTO unsupported protocol version");
      return std::nullopt;
    }
    options.protocol = static_cast<int>(*version);
  }
  for (size_t i = 2; i < call.args.size(); ++i) {
    const size_t more = call.args.size() - 1 - i;
    if (equal_ignoring_case(call.args[i], "auth") && more >= 2) {
      options.auth = {call.args[i + 1], call.args[i + 2]};
      i += 2;
    } else if (equal_ignoring_case(call.args[i], "setname") && more >= 1) {
      options.name = call.args[++i];
    } else {
      call.out.error("ERR Syntax error in HELLO option '" + std::string(call.args[i]) + "'");
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace

void ping(CommandCall& call) {
  if (call.args.size() > 2) return reply_wrong_arguments(call.out, "ping");
  call.args.size() == 2 ? call.out.bulk(call.args[1]) : call.out.simple("PONG");
}

void echo(CommandCall& call) { call.out.bulk(call.args[1]); }

void hello(CommandCall& call) {
  const auto options = hello_options(call);
  if (!options) return;
  if (options->auth && !authenticate(call, options->auth->first, options->auth->second)) return;
  if (!call.password.empty() && !call.client.authenticated) {
    return call.out.error(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> "
        "<pass> "
        "option can be used to authenticate the client and select the RESP protocol version at the same "
        "time");
  }
  if (options->name && !take_client_name(call, *options->name)) return;
  call.client.protocol = options->protocol;
  call.out.set_protocol(options->protocol);
  call.out.map(7);
  call.out.field("server", "redis");
  call.out.field("version", kRedisVersion);
  call.out.field("proto", options->protocol);
  call.out.field("id", static_cast<int64_t>(call.client.id));
  call.out.field("mode", "standalone");
  call.out.field("role", "master");
  call.out.bulk("modules");
  call.out.array(0);
}

void auth(CommandCall& call) {
  if (call.args.size() > 3) return reply_syntax_error(call.out);
  if (call.args.size() == 2 && call.password.empty()) {
    return call.out.error(
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
        "configuration is correct?");
  }
  const bool good = call.args.size() == 3 ? authenticate(call, call.args[1], call.args[2])
                                          : authenticate(call, "default", call.args[1]);
  if (good) call.out.ok();
}

void quit(CommandCall& call) {
  call.client.closing = true;
  call.out.ok();
}

void select(CommandCall& call) {
  const auto index = integer_argument(call, 1);
  if (!index) return;
  if (*index != 0) return call.out.error("ERR DB index is out of range");
  call.out.ok();
}

void reset(CommandCall& call) {
  call.client.protocol = 2;
  call.client.name.clear();
  call.client.authenticated = call.password.empty();
  call.out.set_protocol(2);
  call.out.simple("RESET");
}

}  // namespace tutti::commands
