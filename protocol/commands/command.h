#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "protocol/commands/command_host.h"
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

// A reply that must wait for something beyond this turn, a merge or the peers: the door calls host-specific
// completion later. Commands that need it fill `deferred`; everything else replies at once.
enum class Deferred : uint8_t {
  kNone,
  kFingerprint,  // needs a merge of everything applied so far (TUTTI.FINGERPRINT)
  kVerify,       // needs every member's fingerprint (TUTTI.VERIFY)
};

struct CommandCall {
  CommandHost& host;
  const Now& now;
  Client& client;
  std::span<const ByteView> args;  // args[0] is the command's name as sent
  RespWriter& out;
  Deferred deferred = Deferred::kNone;  // set by the command; then nothing was written to `out`
  ByteView password = {};               // set by execute(), for AUTH and HELLO
};

// Runs one command: exactly one reply into `call.out` in the client's protocol, or `call.deferred` set. Never
// fails: errors are replies. `password`: empty where none is demanded. REQUIRES at least one argument.
void execute(CommandCall& call, ByteView password);

// Late replies of deferred commands, once their data is there.
struct FingerprintAnswer {
  std::string node;  // name
  NodeId id;
  Hash128 clock_hash;
  Hash128 fingerprint;
  uint64_t keys = 0;
  uint64_t rows = 0;
};
void reply_fingerprint(const FingerprintAnswer& answer, RespWriter& out);
struct VerifyAnswer {
  bool agree = false;  // every member answered, all clocks and fingerprints equal
  std::vector<FingerprintAnswer> nodes;
  std::vector<std::string> silent;  // members that did not answer in time
};
void reply_verify(const VerifyAnswer& answer, RespWriter& out);

}  // namespace tutti
