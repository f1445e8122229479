#include "protocol/session/frame_reader.h"

#include <algorithm>

namespace tutti {

namespace {

size_t length_at(ByteView bytes) {
  return static_cast<uint8_t>(bytes[0]) | static_cast<size_t>(static_cast<uint8_t>(bytes[1])) << 8;
}

}  // namespace

bool FrameReader::fill(size_t size) {
  const size_t take = std::min(size - std::min(size, kept_.size()), fresh_.size());
  kept_.append(fresh_.substr(0, take));
  fresh_.remove_prefix(take);
  return kept_.size() >= size;
}

std::optional<ByteView> FrameReader::next(size_t frame_bytes_max) {
  if (oversized_) return std::nullopt;
  if (kept_done_) {
    kept_.clear();
    kept_done_ = false;
  }
  if (kept_.empty() && fresh_.size() >= kLengthBytes) {
    const size_t size = length_at(fresh_);
    oversized_ = size > frame_bytes_max;
    if (oversized_) return std::nullopt;
    if (fresh_.size() >= kLengthBytes + size) {
      const ByteView frame = fresh_.substr(kLengthBytes, size);
      fresh_.remove_prefix(kLengthBytes + size);
      return frame;
    }
  }
  if (!fill(kLengthBytes)) return std::nullopt;
  const size_t size = length_at(kept_);
  oversized_ = size > frame_bytes_max;
  if (oversized_ || !fill(kLengthBytes + size)) return std::nullopt;
  kept_done_ = true;
  return ByteView(kept_).substr(kLengthBytes);
}

}  // namespace tutti
