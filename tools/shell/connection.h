#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "protocol/resp/resp_reply.h"
#include "storage/base/outcome.h"

namespace tutti {

// Where a node's RESP door is, and what it wants to hear.
struct Door {
  std::string host = "127.0.0.1";
  std::string port = "4401";
  std::string password;                       // empty: none
  std::chrono::milliseconds timeout{30'000};  // for connecting, and for each reply

  std::string where() const {
    return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
  }
};

// "127.0.0.1:4401", "[::1]:4401", "db.example:4401" into host and port. kUsage where it is none of these.
Outcome<> parse_door(std::string_view text, Door& door);

// One conversation with a node: a blocking socket, a request, its reply. After a failure that says
// kUnreachable the socket is closed; the next call connects anew.
class Connection {
 public:
  explicit Connection(Door door) : door_(std::move(door)) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const Door& door() const { return door_; }

  // Sends one command and waits for its reply, connecting first where needed. An error reply is a value here:
  // only what keeps the reply from coming is a failure.
  Outcome<RespValue> call(std::span<const std::string> args);

 private:
  Outcome<> connect();
  Outcome<> greet();
  Outcome<> send(std::string_view bytes);
  Outcome<RespValue> receive();
  std::unexpected<Failure> lost(const std::string& what);
  void close();

  Door door_;
  int socket_ = -1;
  RespReplyReader reader_;
};

// The exit code an error reply stands for, by its first word.
ExitCode exit_code_of(const RespValue& error);

}  // namespace tutti
