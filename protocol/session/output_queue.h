#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "protocol/transport.h"

namespace tutti {

// A transport's outputs, in order. Bytes for one stream that wait here together become one SendStream: a turn that
// sends a hundred small messages costs one write to the kernel.
class OutputQueue {
 public:
  // Above this size the next bytes begin a new SendStream: longer strings copy too much as they grow.
  static constexpr size_t kSendStreamBytesMax = 256u << 10;

  void push(Transport::Output output);
  // The string to append the stream's bytes to; the caller will append `bytes` bytes. Valid until the next call.
  std::string& stream_bytes(StreamId stream, size_t bytes);
  std::optional<Transport::Output> poll();

 private:
  std::deque<Transport::Output> queue_;
  uint64_t polled_ = 0;  // outputs already polled: queue_[i] is number polled_ + i
  // The last SendStream of each stream that has one here, by number.
  std::unordered_map<StreamId, uint64_t> last_sends_;
};

}  // namespace tutti
