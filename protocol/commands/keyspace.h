#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

#include "protocol/commands/reading.h"
#include "storage/database.h"
#include "storage/model/key_view.h"
#include "storage/model/views.h"

namespace tutti {

// One key as a reader sees it.
struct KeyState {
  KeyType type = KeyType::kNone;  // kNone also if it is expired
  uint64_t expires_ms = 0;        // 0: never, or kNone
  // The reader sees nothing, but rows are live: expired rows, or the expiry of a key that is gone. A command that
  // writes rows into such a key must first delete the key in the same operation, or the old rows would show again.
  bool leftovers = false;
  KeyExpiries expiries;  // of a key that is no lone string
};

// A key as a string.
struct StringState : KeyState {
  std::string value;  // empty if type is not kString
};

// Redis's keys, typed and expiring, over the rows of a Database. It only reads; commands write with edits (edits.h).
// Cheap to make: one for each command.
//
// Concurrent writers may leave rows of several kinds in one key: then it is walked whole, and KeyView decides. In a large
// hash the walk stops after kProbed fields, once one of them lives and no row of another kind is there; likewise in keys of
// other types with subkeys. In a set one member is enough: its rows are the last.
class Keyspace {
 public:
  static constexpr size_t kProbed = 4;

  // `reading` outlives it.
  Keyspace(Database& database, uint64_t now_ms, Reading& reading)
      : database_(database), now_ms_(now_ms), reading_(reading) {}

  // `on_register` is called with the key's register row if a reader sees a value in it. It is called before the type is
  // known, and of a key of several types perhaps twice: ignore the value unless inspect() then returns kString.
  using RegisterVisitor =
      std::function<void(const Lives& row, const RegisterValue& folded, const KeyExpiries& expiries)>;
  Result<KeyState> inspect(ByteView key, const RegisterVisitor& on_register = {});
  Result<StringState> string(ByteView key);

  // One row. Valid until the next call. The answer only makes sense if inspect() returned the kind's type.
  Result<const Lives*> row(ByteView key, RowKind kind, ByteView subkey);
  // `state`: of the key, as inspect() returned it, here and below.
  Result<bool> holds(ByteView key, const KeyState& state, RowKind kind, ByteView subkey);
  // Every field of a hash, or every member of a set (with an empty value), from the subkey `from` on, until the
  // visitor returns false.
  using SubkeyVisitor = std::function<bool(ByteView subkey, ByteView value)>;
  Result<> each(ByteView key, const KeyState& state, RowKind kind, const SubkeyVisitor& visit,
                ByteView from = {});
  // inspect() and each() in one walk. The visitor sees the fields or members before the type is known: ignore them
  // unless the returned type is the kind's.
  Result<KeyState> inspect_each(ByteView key, RowKind kind, const SubkeyVisitor& visit);
  // The number of fields or members that each() would show. Where no expiry of the key has passed, it counts rows: also
  // a row with a payload of another kind, which no command writes, and one that outlived a delete and has ended since,
  // until it is reaped.
  Result<uint64_t> count(ByteView key, const KeyState& state, RowKind kind);
  // Whether the key holds a field or member of this kind that is not in `subkeys`.
  Result<bool> holds_beyond(ByteView key, const KeyState& state, RowKind kind,
                            const std::unordered_set<ByteView>& subkeys);

 private:
  // Adds `target` to reading_.missed if the read missed in memory.
  template <class T>
  Result<T> heed(Result<T> read, ByteView target);
  Result<KeyExpiries> expiries(ByteView key);
  Result<bool> holds_after(ByteView prefix, RowKind kind);
  bool show(const RowKeyParts& parts, const Lives& row, const KeyExpiries& expiries,
            const SubkeyVisitor& visit) const;

  Database& database_;
  uint64_t now_ms_;
  Reading& reading_;
};

}  // namespace tutti
