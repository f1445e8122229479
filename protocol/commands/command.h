#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "protocol/commands/admin.h"
#include "protocol/commands/keys.h"
#include "protocol/commands/reading.h"
#include "protocol/fingerprint_answer.h"
#include "storage/base/ids.h"
#include "storage/base/time.h"

namespace tutti {

class RespWriter;  // protocol/resp/resp_writer.h

// One client connection as the commands see it.
struct Client {
  uint64_t id = 0;
  std::string address;  // "host:port" of the other end, for CLIENT LIST
  std::string name;
  std::string library, library_version;
  int protocol = 2;            // RESP2 or RESP3
  bool authenticated = false;  // set at connect where no password is demanded
  bool closing = false;        // QUIT: close behind the reply
};

// What a reply must wait for beyond this turn: a merge, or the peers. Commands that need it fill `deferred`,
// the door hands it to the replica, and replies when the answer comes; everything else replies at once.
struct FingerprintRequest {};  // a merge of everything applied so far (TUTTI.FINGERPRINT)
struct VerifyRequest {};       // every member's fingerprint (TUTTI.VERIFY)
// What a read missed in memory (Database::fetch()): there is no late reply, the command is to be given again.
struct FetchRequest {
  std::vector<std::string> targets;
  uint64_t bytes_max = 64u << 10;  // of each
};
using Deferred = std::variant<FingerprintRequest, VerifyRequest, FetchRequest>;

struct CommandCall {
  Keys& keys;
  Admin& admin;
  const Now& now;
  Client& client;
  std::span<const ByteView> args;  // args[0] is the command's name as sent
  RespWriter& out;
  Reading reading = {};
  std::optional<Deferred> deferred = {};  // set by the command; then nothing was written to `out`
  ByteView password = {};                 // set by execute(), for AUTH and HELLO
};

// The keys of this command, as targets of a FetchRequest; none of one that is not known.
void add_targets(std::span<const ByteView> args, std::vector<std::string>& targets);

// Runs one command: exactly one reply into `call.out` in the client's protocol, or `call.deferred` set. Never
// fails: errors are replies. `password`: empty where none is demanded. REQUIRES at least one argument.
void execute(CommandCall& call, ByteView password);

// The late reply to a deferred command: its answer, or why there is none.
void reply_deferred(const FingerprintAnswer& answer, RespWriter& out);
void reply_deferred(const VerifyAnswer& answer, RespWriter& out);
void reply_deferred(const Error& error, RespWriter& out);

}  // namespace tutti
