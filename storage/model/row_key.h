#pragma once

#include <optional>
#include <string>

#include "storage/base/ids.h"
#include "storage/base/key_prefix.h"
#include "storage/model/row_kind.h"

namespace tutti {

// A row's key is `key | kind | subkey`, ordered bytewise, so that all rows of a key lie together:
//
//   row key    = key prefix, kind (1 byte), subkey (rest)
//   key prefix = escaped key, 00 01          escaped: 00 -> 00 FF, every other byte as it is
//
// Nothing a user can name begins with 00 00: a store keeps its own records there. row_kind.h has the kinds.

constexpr size_t kKeyBytesMax = 64u << 10;     // a user's key
constexpr size_t kSubkeyBytesMax = 64u << 10;  // a field, a member

// True if the key and the subkey of a row key, of a key prefix or of an escaped key are within the bounds above. Doors and
// members' messages are held to them. What is in a log or in rows already is not: it was taken, and must be served.
bool within_bounds(ByteView bytes);

// Appends.
void put_escaped(std::string& out, ByteView key);
void put_key_prefix(std::string& out, ByteView key);

inline std::string escaped(ByteView key) {
  std::string out;
  put_escaped(out, key);
  return out;
}
inline std::string key_prefix(ByteView key) {
  std::string out;
  put_key_prefix(out, key);
  return out;
}
std::string row_key(ByteView key, RowKind kind, ByteView subkey = {});

// A row key taken apart; views into it.
struct RowKeyParts {
  ByteView prefix;  // key prefix, with its terminator
  RowKind kind;
  ByteView subkey;
};
// Empty: `bytes` is no canonical row key.
std::optional<RowKeyParts> split_row_key(ByteView bytes);
// The key within a key prefix or an escaped key; empty: not canonical.
std::optional<std::string> unescape(ByteView bytes);
// The least string greater than every string that begins with `prefix`; empty: no bound.
std::string prefix_end(ByteView prefix);

}  // namespace tutti
