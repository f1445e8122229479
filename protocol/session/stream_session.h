#pragma once

#include <string>

#include "protocol/session/frame_reader.h"
#include "protocol/session/noise.h"
#include "protocol/transport.h"
#include "storage/base/ids.h"

namespace tutti {

// The session of one stream, after its handshake: keys both ways. Messages are cut into frames:
//   length LE16 | sealed( flag | part of the message ) | tag 16
// The nonce is the number of the frame. It is not sent, since a stream neither loses nor reorders. An empty message
// only proves that its sender has the keys.
class StreamSession {
 public:
  static constexpr size_t kFrameOverheadBytes = FrameReader::kLengthBytes + 1 + kAeadTagBytes;
  static constexpr size_t kPartBytesMax = FrameReader::kFrameBytesMax - 1 - kAeadTagBytes;
  // After this many frames a direction takes a Noise Rekey() step. Both ends count, so no message is needed.
  static constexpr uint64_t kFramesPerKey = uint64_t{1} << 32;

  // `frames_per_key`: fewer, in tests.
  explicit StreamSession(const TransportKeys& keys, uint64_t frames_per_key = kFramesPerKey)
      : send_(keys.send), receive_(keys.receive), frames_per_key_(frames_per_key) {}

  // The length of a message on the wire.
  static size_t sealed_bytes(size_t message_bytes);

  // Appends one frame with the first part of `message`, and removes this part from it. True: more is left; call again
  // before sealing anything else. Encrypts in place: the text is copied once.
  bool seal_frame(ByteView& message, std::string& out);
  // Appends the whole message.
  void seal(ByteView message, std::string& out) {
    while (seal_frame(message, out)) {
    }
  }

  enum class Opened { kMore, kWhole, kBad };
  // Appends one frame's part to `message`. kWhole: it was the last part. kBad: forged, or beyond
  // kStreamMessageBytesMax; the stream is of no more use.
  Opened open(ByteView frame, std::string& message);

 private:
  CipherState send_;
  CipherState receive_;
  uint64_t frames_per_key_;
  std::string scratch_;  // one frame's text
};

}  // namespace tutti
