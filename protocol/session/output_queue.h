#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "protocol/transport.h"

namespace tutti {

// What a transport wants done, in order. Bytes for one stream that wait here together become one SendStream:
// a turn that sends a hundred small messages costs one write to the kernel.
class OutputQueue {
 public:
  // Above it the next bytes begin a SendStream of their own: strings that grow further copy too much.
  static constexpr size_t kSendStreamBytesMax = 256u << 10;

  void push(Transport::Output output);
  // Where to append bytes for the stream; `bytes` more are about to come. Valid until the next call here.
  std::string& stream_bytes(StreamId stream, size_t bytes);
  std::optional<Transport::Output> poll();

 private:
  std::deque<Transport::Output> queue_;
  uint64_t polled_ = 0;  // so many left at the front: queue_[i] is number polled_ + i
  // The last SendStream of each stream that has one here, by number.
  std::unordered_map<StreamId, uint64_t> last_sends_;
};

}  // namespace tutti
