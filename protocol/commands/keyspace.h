#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

#include "protocol/commands/reading.h"
#include "storage/database.h"
#include "storage/model/views.h"

namespace tutti {

enum class KeyType : uint8_t { kNone, kString, kHash, kSet };
ByteView type_name(KeyType type);

// What one key is, to a reader.
struct KeyState {
  KeyType type = KeyType::kNone;  // kNone also where it is expired
  uint64_t expires_ms = 0;        // of what is seen; 0: never
  // Nothing is seen, but rows live: expired ones, or an expiry whose hash is gone. Whoever writes rows into
  // the key deletes it in the same operation, ahead of them, or the past would come along.
  bool leftovers = false;
};

// A string and what SET ... KEEPTTL needs of it.
struct StringState : KeyState {
  std::string value;  // empty where type is not kString
};

// Keys as Redis has them, over the rows of a Database: typed, expiring. Reads alone; what commands write they
// say in edits (edits.h). Cheap to make, one for each command.
//
// The type of a key with rows of several kinds, which concurrent writers leave, is that of the greatest (hlc,
// dot). To find it without walking a large hash, the walk stops after kFieldsProbed fields: a set hidden
// behind more of them stays hidden, on every node alike, as all walk in the same order. Any other mixture is
// walked whole.
class Keyspace {
 public:
  static constexpr size_t kFieldsProbed = 4;

  // `reading` outlives it.
  Keyspace(Database& database, uint64_t now_ms, Reading& reading)
      : database_(database), now_ms_(now_ms), reading_(reading) {}

  // `on_register` is shown the key's register row where a value is seen in it, before the type is known: it
  // counts only if that turns out to be kString. At most once.
  using RegisterVisitor = std::function<void(const Lives& row, const RegisterValue& folded)>;
  Result<KeyState> inspect(ByteView key, const RegisterVisitor& on_register = {});
  Result<StringState> string(ByteView key);

  // One row. Valid until the next call. REQUIRES for a meaningful answer that inspect() said the kind's type.
  Result<const Lives*> row(ByteView key, RowKind kind, ByteView subkey);
  Result<bool> holds(ByteView key, RowKind kind, ByteView subkey);
  // Every field of a hash, or every member of a set (its value empty), from the subkey `from` on, until the
  // visitor says false.
  using SubkeyVisitor = std::function<bool(ByteView subkey, ByteView value)>;
  Result<> each(ByteView key, RowKind kind, const SubkeyVisitor& visit, ByteView from = {});
  // Both in one walk: what the key is, and all its fields or members. The visitor is shown them before the type is
  // known: they count only if that turns out to be the kind's.
  Result<KeyState> inspect_each(ByteView key, RowKind kind, const SubkeyVisitor& visit);
  // How many each() would show. A field or member with an expiry or a payload of another kind, which no command
  // writes, is counted all the same.
  Result<uint64_t> count(ByteView key, RowKind kind);
  // Whether anything of that kind would be left without these.
  Result<bool> holds_beyond(ByteView key, RowKind kind, const std::unordered_set<ByteView>& subkeys);

 private:
  // A miss in memory is written down, for the command to be given again.
  template <class T>
  Result<T> heed(Result<T> read, ByteView target);
  bool show(const RowKeyParts& parts, const Lives& row, const SubkeyVisitor& visit) const;

  Database& database_;
  uint64_t now_ms_;
  Reading& reading_;
};

}  // namespace tutti
