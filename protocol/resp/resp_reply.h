#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/ids.h"
#include "storage/base/result.h"

namespace tutti {

// A reply as a client sees it: a tree of values.
struct RespValue {
  enum class Kind : uint8_t {
    kSimple,     // text
    kError,      // text: "CODE sentence" (also RESP3's bulk error)
    kInteger,    // integer
    kBulk,       // text
    kNull,       // in any of its three spellings
    kBoolean,    // integer 0 or 1
    kDouble,     // real
    kBigNumber,  // text: decimal digits
    kVerbatim,   // text, with `format`
    kArray,      // items
    kSet,        // items
    kMap,        // items: key, value, key, value, ...
    kPush,       // items; not the answer to a request
  };

  Kind kind = Kind::kNull;
  std::string text;
  std::string format;  // kVerbatim: three letters
  int64_t integer = 0;
  double real = 0;
  std::vector<RespValue> items;
  std::vector<RespValue> attributes;  // key, value, ...: RESP3's attributes, which precede a value

  bool is_error() const { return kind == Kind::kError; }
  bool is_null() const { return kind == Kind::kNull; }
  bool is_aggregate() const { return kind >= Kind::kArray; }
  // The value of `name` in a map, or in the flat array that RESP2 has for a map; null: there is none.
  const RespValue* find(ByteView name) const;

  bool operator==(const RespValue&) const = default;
};

// Parses replies from a server's bytes, RESP2 or RESP3. feed() the bytes that arrive, then call next() until it is
// empty. The work is linear in the bytes, however they are split. The server is not trusted: depth, sizes and the
// memory of one reply are bounded.
class RespReplyReader {
 public:
  static constexpr size_t kDepthMax = 32;
  static constexpr size_t kReplyBytesMax = 1u << 30;  // one reply, before it is decoded
  static constexpr size_t kLineBytesMax = 64u << 10;

  void feed(ByteView bytes) { buffer_.append(bytes); }
  // The next whole reply; empty: more bytes are needed. kMalformed, kOverloaded: the connection is of no further use.
  Result<std::optional<RespValue>> next();

 private:
  Result<bool> scan();

  std::string buffer_;
  // The scanned part of the unfinished reply: its end, and the number of values that each open aggregate lacks.
  size_t scanned_ = 0;
  std::vector<uint64_t> open_;
};

}  // namespace tutti
