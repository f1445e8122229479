#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "storage/base/bytes.h"

namespace tutti {

// The first four bytes (LE) of every datagram and of every frame of a stream's handshake.
enum class PacketType : uint32_t {
  kDatagramMessage1 = 1,
  kDatagramMessage2 = 2,
  kCookie = 3,
  kData = 4,
  kStreamMessage1 = 5,
  kStreamMessage2 = 6,
  kJoinMessage1 = 7,
  kJoinMessage2 = 8,
  kDatagramOutrun = 9,
  kStreamOutrun = 10,
  kMeetMessage1 = 11,
  kMeetMessage2 = 12,
};

inline void put_type(std::string& out, PacketType type) { put_u32(out, static_cast<uint32_t>(type)); }

// REQUIRES at + 4 <= bytes.size().
inline uint32_t u32_at(ByteView bytes, size_t at) {
  uint32_t v;
  std::memcpy(&v, bytes.data() + at, 4);
  return v;
}
inline bool has_type(ByteView bytes, PacketType type) {
  return bytes.size() >= 4 && u32_at(bytes, 0) == static_cast<uint32_t>(type);
}

}  // namespace tutti
