#pragma once

#include <optional>
#include <string>

#include "storage/base/bytes.h"

namespace tutti {

// Cuts a byte stream into frames: 2 bytes of length (LE), then that many bytes. A frame that lies whole in the pushed
// bytes is returned in place; only a frame that two pushes share is copied.
//
//   reader.push(bytes);
//   while (auto frame = reader.next(limit)) ...      // until nothing, or is_oversized()
class FrameReader {
 public:
  static constexpr size_t kLengthBytes = 2;
  static constexpr size_t kFrameBytesMax = 65535;

  // `bytes` must live until next() has returned nothing. REQUIRES that next() had returned nothing since the last push.
  void push(ByteView bytes) { fresh_ = bytes; }

  // The next whole frame, valid until the next call. Empty: more bytes are needed, or a frame is longer than
  // `frame_bytes_max` (is_oversized()); then all further calls are empty.
  std::optional<ByteView> next(size_t frame_bytes_max);
  bool is_oversized() const { return oversized_; }

 private:
  // Appends fresh bytes to the kept ones until there are `size`; false: there are too few.
  bool fill(size_t size);

  std::string kept_;  // the beginning of a frame cut in two
  bool kept_done_ = false;
  ByteView fresh_;
  bool oversized_ = false;
};

// Appends `bytes` as a frame for FrameReader. REQUIRES at most kFrameBytesMax bytes.
inline void put_frame(std::string& out, ByteView frame) {
  put_u16(out, static_cast<uint16_t>(frame.size()));
  out += frame;
}

}  // namespace tutti
