#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "storage/base/ids.h"

namespace tutti {

// Parses requests from a client's bytes: arrays of bulk strings, as clients send them, and inline lines, as people
// type them. It copies nothing: arguments are views into the caller's buffer. It is incremental: the parsed part of
// an unfinished request is not parsed again.
//
//   while (true) {
//     const auto [status, consumed] = parser.next(buffer, authenticated);
//     if (status == kRequest) run(parser.args());
//     if (status == kError)   reply "-ERR " + parser.error(), then close;
//     drop the first `consumed` bytes of the buffer;
//     if (status != kRequest) break;
//   }
//
// Limits and error texts are Redis 7.0's. After a protocol error the caller must close the connection: the beginning
// of the next request is unknown.
class RespParser {
 public:
  static constexpr size_t kLineBytesMax = 64u << 10;  // a count, or a whole inline request
  static constexpr size_t kArgsMax = 1u << 20;
  static constexpr size_t kBulkBytesMax = 512u << 20;     // one argument; refused before memory is taken
  static constexpr size_t kRequestBytesMax = 640u << 20;  // all of them: what one operation may hold
  // Before the password was given.
  static constexpr size_t kStrangerArgsMax = 10;
  static constexpr size_t kStrangerBulkBytesMax = 16u << 10;

  enum class Status : uint8_t { kRequest, kNeedMore, kError };
  struct Outcome {
    Status status;
    size_t consumed;  // bytes of `bytes` that are done; with kNeedMore: the skipped empty requests
  };

  // Parses the first request of `bytes`. `bytes` must begin with the bytes that the last call did not consume,
  // unchanged, perhaps at another address. After kError every call returns kError.
  Outcome next(ByteView bytes, bool authenticated);

  // After kRequest: at least one, valid until the next call or until the bytes move.
  std::span<const ByteView> args() const { return args_; }
  // After kError: "Protocol error: ...".
  ByteView error() const { return error_; }
  // After kNeedMore: the least size of the whole request in bytes, after `consumed` was dropped.
  size_t needed() const { return needed_; }

 private:
  enum class Step : uint8_t { kDone, kEmpty, kMore, kError };
  struct Part {
    size_t offset;
    size_t size;
  };

  Step multibulk(ByteView in, bool authenticated);
  Step count_of_args(ByteView in, bool authenticated);
  Step one_arg(ByteView in, bool authenticated);
  Step inline_line(ByteView in);
  Step fail(std::string text);
  void begin();

  // Of the request under way; offsets from its first byte.
  size_t at_ = 0;
  size_t left_ = 0;          // arguments still to come; 0: the count has not been read
  size_t bulk_ = kNoBulk;    // size of the argument under way
  std::vector<Part> parts_;  // arguments so far
  static constexpr size_t kNoBulk = SIZE_MAX;

  std::vector<ByteView> args_;
  std::string unquoted_;  // what inline arguments view into
  std::string error_;
  size_t needed_ = 1;
};

}  // namespace tutti
