#include "tools/shell/connection.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "protocol/resp/resp_writer.h"

namespace tutti {
namespace {

std::string encode(std::span<const std::string> args) {
  std::string out;
  RespWriter writer(out);
  writer.array(args.size());
  for (const std::string& arg : args) writer.bulk(arg);
  return out;
}

// True once the socket is ready for `events`; false at the timeout.
bool wait_for(int socket, short events, std::chrono::milliseconds timeout) {
  pollfd watched{.fd = socket, .events = events, .revents = 0};
  int ready;
  do {
    ready = ::poll(&watched, 1, static_cast<int>(timeout.count()));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

// A connected socket, or -1 with errno set.
int dial(const addrinfo& address, std::chrono::milliseconds timeout) {
  const int fd =
      ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol);
  if (fd < 0) return -1;
  int problem = 0;
  if (::connect(fd, address.ai_addr, address.ai_addrlen) != 0) {
    problem = errno;
    if (problem == EINPROGRESS) {
      socklen_t size = sizeof problem;
      if (!wait_for(fd, POLLOUT, timeout)) {
        problem = ETIMEDOUT;
      } else {
        ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size);
      }
    }
  }
  if (problem != 0) {
    ::close(fd);
    errno = problem;
    return -1;
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

}  // namespace

Outcome<> parse_door(std::string_view text, Door& door) {
  const size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  const std::string_view port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const bool number = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == port.npos;
  if (host.empty() || !number || std::stoi(std::string(port)) > 65535) {
    return failure(ExitCode::kUsage,
                   "\"" + std::string(text) + "\" is no address; write HOST:PORT, such as 127.0.0.1:4401.");
  }
  door.host = host;
  door.port = port;
  return {};
}

Outcome<RespValue> Connection::call(std::span<const std::string> args) {
  if (socket_ < 0) {
    if (auto ok = connect(); !ok) return std::unexpected(ok.error());
  }
  if (auto ok = send(encode(args)); !ok) return std::unexpected(ok.error());
  return receive();
}

Outcome<> Connection::connect() {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (const int bad = ::getaddrinfo(door_.host.c_str(), door_.port.c_str(), &wanted, &first); bad != 0) {
    return failure(ExitCode::kUnreachable,
                   "\"" + door_.host + "\" names no host: " + ::gai_strerror(bad) + ".");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(first, &::freeaddrinfo);
  for (const addrinfo* address = first; address != nullptr && socket_ < 0; address = address->ai_next) {
    socket_ = dial(*address, door_.timeout);
  }
  if (socket_ < 0) {
    return failure(ExitCode::kUnreachable, "No node answers at " + door_.where() + ": " +
                                               std::strerror(errno) +
                                               ". Is tuttid running there? --connect names another door.");
  }
  reader_ = {};
  return greet();
}

// Asks for RESP3, which tells maps and sets from arrays. A server without it answers in RESP2.
Outcome<> Connection::greet() {
  std::vector<std::string> hello{"HELLO", "3"};
  if (!door_.password.empty()) hello.insert(hello.end(), {"AUTH", "default", door_.password});
  if (auto ok = send(encode(hello)); !ok) return ok;
  const auto reply = receive();
  if (!reply) return std::unexpected(reply.error());
  if (!reply->is_error() || exit_code_of(*reply) != ExitCode::kUnreachable) return {};
  close();
  return failure(ExitCode::kUnreachable,
                 door_.password.empty()
                     ? door_.where() + " asks for a password. Give it with --password or in TUTTI_PASSWORD."
                     : door_.where() + " does not take this password: " + reply->text);
}

Outcome<> Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait_for(socket_, POLLOUT, door_.timeout)) return lost("takes nothing in");
    const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno != EINTR && errno != EAGAIN) {
      return lost(std::string("broke the connection: ") + std::strerror(errno));
    }
  }
  return {};
}

Outcome<RespValue> Connection::receive() {
  std::array<char, 64 << 10> bytes;
  while (true) {
    auto value = reader_.next();
    if (!value) return lost("does not speak the Redis protocol: " + value.error().message);
    // A push is no answer to the request.
    if (*value && (*value)->kind != RespValue::Kind::kPush) return std::move(**value);
    if (*value) continue;
    if (!wait_for(socket_, POLLIN, door_.timeout)) {
      return lost("gave no answer within " + std::to_string(door_.timeout.count() / 1000) + " s");
    }
    const ssize_t n = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (n > 0) {
      reader_.feed({bytes.data(), static_cast<size_t>(n)});
    } else if (n == 0) {
      return lost("closed the connection");
    } else if (errno != EINTR && errno != EAGAIN) {
      return lost(std::string("broke the connection: ") + std::strerror(errno));
    }
  }
}

std::unexpected<Failure> Connection::lost(const std::string& what) {
  close();
  return failure(ExitCode::kUnreachable, door_.where() + " " + what + ". Try again, or ask another node.");
}

void Connection::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

ExitCode exit_code_of(const RespValue& error) {
  struct Code {
    std::string_view word;
    ExitCode exit;
  };
  static constexpr Code kCodes[] = {
      {"NOAUTH", ExitCode::kUnreachable}, {"WRONGPASS", ExitCode::kUnreachable},
      {"NOPERM", ExitCode::kUnreachable}, {"READONLY", ExitCode::kUnreachable},
      {"MISCONF", ExitCode::kTrouble},
  };
  const std::string_view word = std::string_view(error.text).substr(0, error.text.find(' '));
  for (const Code& code : kCodes) {
    if (code.word == word) return code.exit;
  }
  return ExitCode::kUsage;
}

}  // namespace tutti
