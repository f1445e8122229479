#include "node/setup/blocking_stream.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "node/io/socket_address.h"
#include "node/io/system_clock.h"

namespace tutti {

namespace {

bool wait_for(int fd, short events, Instant deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - read_clocks().mono).count();
    if (left <= 0) return false;
    pollfd entry{.fd = fd, .events = events, .revents = 0};
    const int ready = poll(&entry, 1, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

std::unexpected<Error> too_slow() {
  return error(ErrorCode::kUnavailable, "The connection is too slow or was closed.");
}

}  // namespace

Result<BlockingStream> BlockingStream::connect(const Address& to, Instant deadline) {
  const sockaddr_storage at = system_address(to);
  const auto cannot = [&](const char* why) {
    return error(ErrorCode::kUnavailable, "Cannot reach " + to_string(to) + ": " + why + ".");
  };
  BlockingStream stream(socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (stream.fd_ < 0) return cannot(std::strerror(errno));
  const socklen_t size = at.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  if (::connect(stream.fd_, reinterpret_cast<const sockaddr*>(&at), size) != 0) {
    if (errno != EINPROGRESS) return cannot(std::strerror(errno));
    if (!wait_for(stream.fd_, POLLOUT, deadline)) return cannot("no answer");
    int failed = 0;
    socklen_t failed_size = sizeof failed;
    getsockopt(stream.fd_, SOL_SOCKET, SO_ERROR, &failed, &failed_size);
    if (failed != 0) return cannot(std::strerror(failed));
  }
  return stream;
}

BlockingStream::~BlockingStream() {
  if (fd_ >= 0) close(fd_);
}

Result<> BlockingStream::send(ByteView bytes, Instant deadline) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR) || !wait_for(fd_, POLLOUT, deadline)) {
      return too_slow();
    }
  }
  return {};
}

Result<std::string> BlockingStream::receive(Instant deadline) {
  char block[16384];
  for (;;) {
    const ssize_t n = recv(fd_, block, sizeof block, 0);
    if (n > 0) return std::string(block, static_cast<size_t>(n));
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) return too_slow();
    if (!wait_for(fd_, POLLIN, deadline)) return too_slow();
  }
}

}  // namespace tutti
