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
#include "protocol/meet_answer.h"
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
  bool authenticated = false;  // set at connect if no password is needed
  bool closing = false;        // QUIT: close after the reply
};

// A command whose reply must wait for a merge, for peers or for the disk sets CommandCall::deferred. The door hands
// the request to the replica, and replies when the answer comes. All other commands reply at once.
struct FingerprintRequest {};  // a merge of everything applied so far (TUTTI.FINGERPRINT)
struct VerifyRequest {};       // every member's fingerprint (TUTTI.VERIFY)
// The targets that a read missed in memory (Database::fetch()). There is no late reply: the door runs the command
// again.
struct FetchRequest {
  std::vector<std::string> targets;
  uint64_t bytes_max = 64u << 10;  // of each
};
struct MeetRequest {  // the answer of whoever listens at `endpoint`, which is well-formed (TUTTI.MEET)
  std::string endpoint;
};
using Deferred = std::variant<FingerprintRequest, VerifyRequest, MeetRequest, FetchRequest>;

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

// Adds this command's keys as targets of a FetchRequest. Adds none for an unknown command.
void add_targets(std::span<const ByteView> args, std::vector<std::string>& targets);

// Runs one command. It writes exactly one reply into `call.out` in the client's protocol, or sets `call.deferred`.
// Errors are replies. `password`: empty if none is needed. REQUIRES at least one argument.
void execute(CommandCall& call, ByteView password);

// The late reply to a deferred command: its answer, or the error.
void reply_deferred(const FingerprintAnswer& answer, RespWriter& out);
void reply_deferred(const VerifyAnswer& answer, RespWriter& out);
void reply_deferred(const MeetAnswer& answer, RespWriter& out);
void reply_deferred(const Error& error, RespWriter& out);

}  // namespace tutti
