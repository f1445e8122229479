#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "protocol/resp/resp_reply.h"
#include "storage/base/outcome.h"

namespace tutti {

// The address and the password of a node's RESP door.
struct Door {
  std::string host = "127.0.0.1";
  std::string port = "4401";
  std::string password;                       // empty: none
  std::chrono::milliseconds timeout{30'000};  // for connecting, and for each reply

  std::string where() const {
    return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
  }
};

// "127.0.0.1:4401", "[::1]:4401", "db.example:4401" into host and port. kUsage: none of these forms.
Outcome<> parse_door(std::string_view text, Door& door);

// One connection to a node: a blocking socket, a request, its reply. After kUnreachable the socket is closed; the next
// call connects again.
class Connection {
 public:
  explicit Connection(Door door) : door_(std::move(door)) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const Door& door() const { return door_; }

  // Sends one command and waits for its reply; connects first if needed. An error reply is a value: it is a failure
  // only if no reply comes.
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
