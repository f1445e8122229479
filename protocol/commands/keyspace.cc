#include "protocol/commands/keyspace.h"

#include <algorithm>

namespace tutti {
namespace {

uint64_t or_zero(uint64_t end_ms) { return end_ms == kNever ? 0 : end_ms; }

// No row that says something of its key's type comes after one of this kind.
constexpr RowKind kLastTyped = [] {
  RowKind last{};
  for (const RowKindFacts& facts : kRowKinds) last = facts.type == KeyType::kNone ? last : facts.kind;
  return last;
}();

// A walk over a key's rows, which come in the order of kRowKinds.
class Walk {
 public:
  Walk(uint64_t now_ms, const KeyExpiries& expiries, const Keyspace::RegisterVisitor& on_register, bool whole)
      : now_ms_(now_ms),
        expiries_(expiries),
        on_register_(on_register),
        whole_(whole),
        view(now_ms, expiries) {}

  bool operator()(const RowKeyParts& parts, const Lives& row) {
    if (parts.kind == RowKind::kKeyExpiry) return true;
    if (rows_++ == 0) first = parts.kind;
    view.take(parts.kind, row);
    if (parts.kind == RowKind::kRegister) take_register(row);
    if (whole_ || !facts_of(parts.kind).has_subkeys) return true;
    const bool enough = parts.kind == kLastTyped || rows_ >= Keyspace::kProbed;
    cut = enough && parts.kind == first && view.alive(parts.kind);
    return !cut;
  }

  KeyState state() const {
    KeyState state;
    const auto kind = view.kind();
    if (kind && view.alive(*kind)) {
      state.type = facts_of(*kind).type;
      const auto* longest = expiries_.longest(now_ms_);
      const bool string = *kind == RowKind::kRegister;
      state.expires_ms =
          string ? string_expires_ms_ : or_zero(longest ? longest->expires_ms : view.end_ms(*kind));
    }
    state.leftovers = state.type == KeyType::kNone && (kind || !expiries_.empty());
    return state;
  }

  RowKind first = kLastTyped;  // of the rows that say something of the type
  bool cut = false;            // only rows of `first` were seen

 private:
  void take_register(const Lives& row) {
    const auto folded = fold_lww(row, now_ms_, RowKind::kRegister, expiries_);
    if (!folded) return;
    string_expires_ms_ = folded->expires_ms;
    if (on_register_) on_register_(row, *folded, expiries_);
  }

  uint64_t now_ms_;
  const KeyExpiries& expiries_;
  const Keyspace::RegisterVisitor& on_register_;
  bool whole_;
  size_t rows_ = 0;
  uint64_t string_expires_ms_ = 0;

 public:
  KeyView view;
};

}  // namespace

template <class T>
Result<T> Keyspace::heed(Result<T> read, ByteView target) {
  if (!read && read.error().code == ErrorCode::kUnavailable) reading_.missed.emplace_back(target);
  return read;
}

Result<KeyExpiries> Keyspace::expiries(ByteView key) {
  const auto live = row(key, RowKind::kKeyExpiry, {});
  if (!live) return std::unexpected(live.error());
  return (*live)->empty() ? KeyExpiries() : KeyExpiries(**live);
}

// Whether the key has rows of another type after those of this kind.
Result<bool> Keyspace::holds_after(ByteView prefix, RowKind kind) {
  bool holds = false;
  const std::string from(1, static_cast<char>(static_cast<char>(kind) + 1));
  const auto first = [&](const RowKeyParts& parts, const Lives&) {
    holds = parts.kind != RowKind::kKeyExpiry;
    return false;
  };
  const auto done = heed(database_.read_key(prefix, first, from, reading_.tier), std::string(prefix) + from);
  if (!done) return std::unexpected(done.error());
  return holds;
}

Result<KeyState> Keyspace::inspect(ByteView key, const RegisterVisitor& on_register) {
  std::string prefix;
  prefix.reserve(key.size() + 3);
  put_key_prefix(prefix, key);
  const auto lone = heed(database_.read_lone_register(prefix, reading_.tier), prefix);
  if (!lone) return std::unexpected(lone.error());
  if (*lone) {
    const KeyExpiries none;
    Walk walk(now_ms_, none, on_register, false);
    if (!(*lone)->empty()) walk({prefix, RowKind::kRegister, {}}, **lone);
    return walk.state();
  }
  auto dated = expiries(key);
  if (!dated) return std::unexpected(dated.error());
  const auto inspected = [&](bool whole) -> Result<std::optional<KeyState>> {
    Walk walk(now_ms_, *dated, on_register, whole);
    const auto done = heed(database_.read_key(prefix, std::ref(walk), {}, reading_.tier), prefix);
    if (!done) return std::unexpected(done.error());
    if (walk.cut && walk.first != kLastTyped) {
      const auto several = holds_after(prefix, walk.first);
      if (!several) return std::unexpected(several.error());
      if (*several) return std::nullopt;
    }
    return walk.state();
  };
  auto state = inspected(false);
  if (state && !*state) state = inspected(true);
  if (!state) return std::unexpected(state.error());
  (*state)->expiries = *std::move(dated);
  return *std::move(*state);
}

Result<StringState> Keyspace::string(ByteView key) {
  StringState string;
  const auto state = inspect(key, [&string](const Lives&, const RegisterValue& folded, const KeyExpiries&) {
    string.value = folded.value();
  });
  if (!state) return std::unexpected(state.error());
  static_cast<KeyState&>(string) = *state;
  if (string.type != KeyType::kString) string.value.clear();
  return string;
}

Result<const Lives*> Keyspace::row(ByteView key, RowKind kind, ByteView subkey) {
  const std::string at = row_key(key, kind, subkey);
  return heed(database_.read(at, reading_.tier), at);
}

// Shows one field or member to the visitor if a reader sees it.
bool Keyspace::show(const RowKeyParts& parts, const Lives& row, const KeyExpiries& expiries,
                    const SubkeyVisitor& visit) const {
  if (facts_of(parts.kind).view == RowView::kMember)
    return !fold_member(row, now_ms_, expiries) || visit(parts.subkey, {});
  const auto folded = fold_lww(row, now_ms_, parts.kind, expiries);
  return !folded || visit(parts.subkey, folded->value());
}

Result<bool> Keyspace::holds(ByteView key, const KeyState& state, RowKind kind, ByteView subkey) {
  const auto lives = row(key, kind, subkey);
  if (!lives) return std::unexpected(lives.error());
  bool held = false;
  (void)show({{}, kind, subkey}, **lives, state.expiries, [&](ByteView, ByteView) { return held = true; });
  return held;
}

Result<KeyState> Keyspace::inspect_each(ByteView key, RowKind kind, const SubkeyVisitor& visit) {
  auto dated = expiries(key);
  if (!dated) return std::unexpected(dated.error());
  const RegisterVisitor nobody;
  Walk walk(now_ms_, *dated, nobody, true);
  const auto one = [&](const RowKeyParts& parts, const Lives& row) {
    walk(parts, row);
    return parts.kind != kind || show(parts, row, *dated, visit);
  };
  const std::string prefix = key_prefix(key);
  const auto done = heed(database_.read_key(prefix, one, {}, reading_.tier), prefix);
  if (!done) return std::unexpected(done.error());
  KeyState state = walk.state();
  state.expiries = *std::move(dated);
  return state;
}

Result<> Keyspace::each(ByteView key, const KeyState& state, RowKind kind, const SubkeyVisitor& visit,
                        ByteView from) {
  const auto one = [&](const RowKeyParts& parts, const Lives& row) {
    if (parts.kind != kind) return parts.kind < kind;  // nothing of the kind comes after another
    return show(parts, row, state.expiries, visit);
  };
  const std::string prefix = key_prefix(key);
  const std::string first = static_cast<char>(kind) + std::string(from);
  return heed(database_.read_key(prefix, one, first, reading_.tier), prefix + first);
}

Result<uint64_t> Keyspace::count(ByteView key, const KeyState& state, RowKind kind) {
  const std::string prefix = key_prefix(key);
  if (!state.expiries.any_ended(now_ms_))
    return heed(database_.count_rows(prefix, kind, reading_.tier), prefix);
  uint64_t count = 0;
  const auto done = each(key, state, kind, [&](ByteView, ByteView) { return ++count > 0; });
  if (!done) return std::unexpected(done.error());
  return count;
}

Result<bool> Keyspace::holds_beyond(ByteView key, const KeyState& state, RowKind kind,
                                    const std::unordered_set<ByteView>& subkeys) {
  bool beyond = false;
  const auto done = each(key, state, kind, [&](ByteView subkey, ByteView) {
    beyond = !subkeys.contains(subkey);
    return !beyond;
  });
  if (!done) return std::unexpected(done.error());
  return beyond;
}

}  // namespace tutti
