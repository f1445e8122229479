#include "protocol/session/stream_session.h"

#include <algorithm>
#include <cstring>

namespace tutti {

namespace {

enum Flag : char { kLast = 0, kMoreFollows = 1 };

}  // namespace

size_t StreamSession::sealed_bytes(size_t message_bytes) {
  const size_t frames = std::max<size_t>(1, (message_bytes + kPartBytesMax - 1) / kPartBytesMax);
  return message_bytes + frames * kFrameOverheadBytes;
}

bool StreamSession::seal_frame(ByteView& message, std::string& out) {
  const ByteView part = message.substr(0, kPartBytesMax);
  message.remove_prefix(part.size());
  const size_t at = out.size();
  const size_t end = at + part.size() + kFrameOverheadBytes;
  // Not resize(): that would write zeros first. The size handed back may be above `end` (libstdc++ 12 rounds it up).
  out.resize_and_overwrite(end, [&](char* bytes, size_t) {
    const size_t frame_bytes = end - at - FrameReader::kLengthBytes;
    char* to = bytes + at;
    *to++ = static_cast<char>(frame_bytes);
    *to++ = static_cast<char>(frame_bytes >> 8);
    to[0] = message.empty() ? kLast : kMoreFollows;
    if (!part.empty()) std::memcpy(to + 1, part.data(), part.size());
    send_.encrypt({}, ByteView(to, part.size() + 1), to);
    return end;
  });
  if (send_.nonce() % frames_per_key_ == 0) send_.rekey();
  return !message.empty();
}

StreamSession::Opened StreamSession::open(ByteView frame, std::string& message) {
  if (frame.size() < 1 + kAeadTagBytes) return Opened::kBad;
  scratch_.resize(std::max(scratch_.size(), frame.size()));
  if (!receive_.decrypt({}, frame, scratch_.data())) return Opened::kBad;
  if (receive_.nonce() % frames_per_key_ == 0) receive_.rekey();
  const ByteView text(scratch_.data(), frame.size() - kAeadTagBytes);
  const ByteView part = text.substr(1);
  if (text[0] != kLast && text[0] != kMoreFollows) return Opened::kBad;
  if (message.size() + part.size() > Transport::kStreamMessageBytesMax) return Opened::kBad;
  message.append(part);
  return text[0] == kLast ? Opened::kWhole : Opened::kMore;
}

}  // namespace tutti
