#include "protocol/commands/keyspace.h"

#include <algorithm>

namespace tutti {
namespace {

// One kind of row under a key: whether any row is live, and the payload that decides.
struct Sighting {
  bool any = false;
  Hlc hlc;
  Dot dot;

  void take(const Lives& row) {
    for (const Live& live : row) {
      if (!any || live.hlc > hlc || (live.hlc == hlc && live.dot > dot)) {
        hlc = live.hlc;
        dot = live.dot;
      }
      any = true;
    }
  }
  bool newer_than(const Sighting& other) const {
    return any && (!other.any || (hlc != other.hlc ? hlc > other.hlc : dot > other.dot));
  }
};

uint64_t key_expiry(const Lives& row) {
  const Live* live = newest(row);
  return live ? payload_expires_ms(live->payload) : 0;
}

// A walk over a key's rows, which come in the order hash, register, set, expiry.
class Walk {
 public:
  Walk(uint64_t now_ms, const Keyspace::RegisterVisitor& on_register, bool whole)
      : now_ms_(now_ms), on_register_(on_register), whole_(whole) {}

  bool operator()(const RowKeyParts& parts, const Lives& row) {
    switch (parts.kind) {
      case RowKind::kHashField:
        hash.take(row);
        cut = ++fields_ == Keyspace::kFieldsProbed && !whole_;
        break;
      case RowKind::kRegister: take_register(row); break;
      case RowKind::kSetMember:
        set.take(row);
        // After the members of a pure set only an expiry can follow.
        cut = !whole_ && !hash.any && !string.any;
        break;
      case RowKind::kKeyExpiry:
        expires_ms = key_expiry(row);
        expiry_seen = true;
        break;
    }
    return !cut;
  }

  KeyState state() const {
    KeyState state;
    const bool set_hidden = fields_ >= Keyspace::kFieldsProbed && !string.any;
    if (string.any && !hash.newer_than(string) && !set.newer_than(string)) {
      if (string_seen_) state = {KeyType::kString, string_expires_ms_, false};
    } else if ((hash.any || set.any) && (expires_ms == 0 || expires_ms > now_ms_)) {
      const bool is_set = !set_hidden && set.newer_than(hash);
      state = {is_set ? KeyType::kSet : KeyType::kHash, expires_ms, false};
    }
    state.leftovers = state.type == KeyType::kNone && (string.any || hash.any || set.any || expiry_seen);
    return state;
  }

  Sighting hash, string, set;
  uint64_t expires_ms = 0;
  bool expiry_seen = false;
  bool cut = false;

 private:
  void take_register(const Lives& row) {
    string.take(row);
    const auto folded = fold_lww(row, now_ms_);
    if (!folded) return;
    string_seen_ = true;
    string_expires_ms_ = folded->expires_ms;
    if (on_register_) on_register_(row, *folded);
  }

  uint64_t now_ms_;
  const Keyspace::RegisterVisitor& on_register_;
  bool whole_;
  size_t fields_ = 0;
  bool string_seen_ = false;
  uint64_t string_expires_ms_ = 0;
};

}  // namespace

ByteView type_name(KeyType type) {
  switch (type) {
    case KeyType::kNone: return "none";
    case KeyType::kString: return "string";
    case KeyType::kHash: return "hash";
    case KeyType::kSet: return "set";
  }
  return {};
}

template <class T>
Result<T> Keyspace::heed(Result<T> read, ByteView target) {
  if (!read && read.error().code == ErrorCode::kUnavailable) reading_.missed.emplace_back(target);
  return read;
}

Result<KeyState> Keyspace::inspect(ByteView key, const RegisterVisitor& on_register) {
  std::string prefix;
  prefix.reserve(key.size() + 3);
  put_key_prefix(prefix, key);
  Walk walk(now_ms_, on_register, false);
  const auto lone = heed(database_.read_lone_register(prefix, reading_.tier), prefix);
  if (!lone) return std::unexpected(lone.error());
  if (*lone) {
    if (!(*lone)->empty()) walk({prefix, RowKind::kRegister, {}}, **lone);
    return walk.state();
  }
  const auto walked = heed(database_.read_key(prefix, std::ref(walk), {}, reading_.tier), prefix);
  if (!walked) return std::unexpected(walked.error());
  if (!walk.cut) return walk.state();

  if (walk.hash.any) {
    const auto beside = row(key, RowKind::kRegister, {});
    if (!beside) return std::unexpected(beside.error());
    if (!(*beside)->empty()) {
      Walk whole(now_ms_, on_register, true);
      const auto done = heed(database_.read_key(prefix, std::ref(whole), {}, reading_.tier), prefix);
      if (!done) return std::unexpected(done.error());
      return whole.state();
    }
  }
  const auto expiry = row(key, RowKind::kKeyExpiry, {});
  if (!expiry) return std::unexpected(expiry.error());
  walk.expires_ms = key_expiry(**expiry);
  return walk.state();
}

Result<StringState> Keyspace::string(ByteView key) {
  StringState string;
  const auto state =
      inspect(key, [&string](const Lives&, const RegisterValue& folded) { string.value = folded.value(); });
  if (!state) return std::unexpected(state.error());
  static_cast<KeyState&>(string) = *state;
  if (string.type != KeyType::kString) string.value.clear();
  return string;
}

Result<const Lives*> Keyspace::row(ByteView key, RowKind kind, ByteView subkey) {
  const std::string at = row_key(key, kind, subkey);
  return heed(database_.read(at, reading_.tier), at);
}

Result<bool> Keyspace::holds(ByteView key, RowKind kind, ByteView subkey) {
  const auto lives = row(key, kind, subkey);
  if (!lives) return std::unexpected(lives.error());
  return !(*lives)->empty();
}

// Shows one field or member to the visitor if a reader sees it.
bool Keyspace::show(const RowKeyParts& parts, const Lives& row, const SubkeyVisitor& visit) const {
  if (parts.kind == RowKind::kSetMember) return !fold_member(row, now_ms_) || visit(parts.subkey, {});
  const auto folded = fold_lww(row, now_ms_);
  return !folded || visit(parts.subkey, folded->value());
}

Result<KeyState> Keyspace::inspect_each(ByteView key, RowKind kind, const SubkeyVisitor& visit) {
  const RegisterVisitor nobody;
  Walk walk(now_ms_, nobody, true);
  const auto one = [&](const RowKeyParts& parts, const Lives& row) {
    walk(parts, row);
    return parts.kind != kind || show(parts, row, visit);
  };
  const std::string prefix = key_prefix(key);
  const auto done = heed(database_.read_key(prefix, one, {}, reading_.tier), prefix);
  if (!done) return std::unexpected(done.error());
  return walk.state();
}

Result<> Keyspace::each(ByteView key, RowKind kind, const SubkeyVisitor& visit, ByteView from) {
  const auto one = [&](const RowKeyParts& parts, const Lives& row) {
    if (parts.kind != kind) return parts.kind < kind;  // nothing of the kind comes after another
    return show(parts, row, visit);
  };
  const std::string prefix = key_prefix(key);
  const std::string first = static_cast<char>(kind) + std::string(from);
  return heed(database_.read_key(prefix, one, first, reading_.tier), prefix + first);
}

Result<uint64_t> Keyspace::count(ByteView key, RowKind kind) {
  const std::string prefix = key_prefix(key);
  return heed(database_.count_rows(prefix, kind, reading_.tier), prefix);
}

Result<bool> Keyspace::holds_beyond(ByteView key, RowKind kind, const std::unordered_set<ByteView>& subkeys) {
  bool beyond = false;
  const auto done = each(key, kind, [&](ByteView subkey, ByteView) {
    beyond = !subkeys.contains(subkey);
    return !beyond;
  });
  if (!done) return std::unexpected(done.error());
  return beyond;
}

}  // namespace tutti
