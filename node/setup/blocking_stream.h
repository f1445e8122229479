#pragma once

#include <string>
#include <utility>

#include "protocol/address.h"
#include "storage/base/ids.h"
#include "storage/base/result.h"
#include "storage/base/time.h"

namespace tutti {

// One blocking TCP connection. Every call ends by its deadline.
// kUnavailable: refused, closed, or too slow.
class BlockingStream {
 public:
  static Result<BlockingStream> connect(const Address& to, Instant deadline);
  BlockingStream(BlockingStream&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  BlockingStream& operator=(BlockingStream&&) = delete;
  ~BlockingStream();

  Result<> send(ByteView bytes, Instant deadline);
  // At least one byte.
  Result<std::string> receive(Instant deadline);

 private:
  explicit BlockingStream(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace tutti
