#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "storage/base/ids.h"

namespace tutti {

static_assert(std::endian::native == std::endian::little,
              "formats are little-endian; a big-endian port must swap");

// The primitives of every format of the house: LE fixed integers, LEB128 varints, zigzag for signed ones, and
// byte strings behind a varint length. Writers append and cannot fail.
inline void put_u8(std::string& out, uint8_t v) { out.push_back(static_cast<char>(v)); }
inline void put_u16(std::string& out, uint16_t v) { out.append(reinterpret_cast<const char*>(&v), 2); }
inline void put_u32(std::string& out, uint32_t v) { out.append(reinterpret_cast<const char*>(&v), 4); }
inline void put_u64(std::string& out, uint64_t v) { out.append(reinterpret_cast<const char*>(&v), 8); }
inline void put_varint(std::string& out, uint64_t v) {
  while (v >= 0x80) {
    out.push_back(static_cast<char>(v | 0x80));
    v >>= 7;
  }
  out.push_back(static_cast<char>(v));
}
constexpr uint64_t zigzag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
constexpr int64_t unzigzag(uint64_t v) { return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1); }
inline void put_bytes(std::string& out, ByteView bytes) {
  put_varint(out, bytes.size());
  out.append(bytes);
}

// Reads what the writers wrote. After the first bad read every further one fails: check ok() once at the end,
// and before trusting a count. Never reads past its bytes.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  uint8_t u8() {
    if (!take(1)) return 0;
    return static_cast<uint8_t>(*at_++);
  }
  uint16_t u16() { return fixed<uint16_t>(); }
  uint64_t u64() { return fixed<uint64_t>(); }
  // Canonical only: no trailing zero group, at most 64 bits.
  uint64_t varint() {
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (!take(1)) return 0;
      const auto byte = static_cast<uint8_t>(*at_++);
      if (shift == 63 && byte > 1) break;
      v |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) {
        if (byte == 0 && shift != 0) break;
        return v;
      }
    }
    ok_ = false;
    return 0;
  }
  int64_t signed_varint() { return unzigzag(varint()); }
  ByteView bytes() { return raw(varint()); }
  ByteView raw(uint64_t size) {
    if (!take(size)) return {};
    const ByteView v(at_, static_cast<size_t>(size));
    at_ += size;
    return v;
  }
  // Reads N bytes: a key, a hash, an address. `out` is unchanged if the bytes are missing.
  template <size_t N>
  void array(std::array<uint8_t, N>& out) {
    const ByteView bytes = raw(N);
    std::copy(bytes.begin(), bytes.end(), out.begin());
  }
  // A count of items of at least `least` bytes each: fails if the bytes left cannot hold them.
  uint64_t count(uint64_t least = 1) {
    const uint64_t n = varint();
    if (!ok_ || n > left() / least) {
      ok_ = false;
      return 0;
    }
    return n;
  }
  void fail() { ok_ = false; }

  uint64_t left() const { return static_cast<uint64_t>(end_ - at_); }
  bool ok() const { return ok_; }
  // All bytes were read without failure.
  bool done() const { return ok_ && at_ == end_; }
  const char* position() const { return at_; }

 private:
  template <class T>
  T fixed() {
    if (!take(sizeof(T))) return 0;
    T v;
    std::memcpy(&v, at_, sizeof v);
    at_ += sizeof v;
    return v;
  }
  bool take(uint64_t n) {
    if (ok_ && n <= left()) return true;
    ok_ = false;
    return false;
  }
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace tutti
