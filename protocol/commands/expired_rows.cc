#include "protocol/commands/expired_rows.h"

#include <algorithm>
#include <optional>

#include "storage/model/key_view.h"

namespace tutti {
namespace {

// Beside an expiry that lasts, what has ended is rare and hidden: so many rows are looked at for it.
constexpr size_t kLookedAtBesides = 4096;

class Search {
 public:
  Search(Database& database, ByteView prefix, uint64_t at_ms, size_t edits_max, Tier tier)
      : database_(database), prefix_(prefix), at_ms_(at_ms), edits_max_(edits_max), tier_(tier) {}

  Result<ExpiredRows> run() {
    const auto lone = database_.read_lone_register(prefix_, tier_);
    if (!lone) return std::unexpected(lone.error());
    if (*lone) {
      if (!(*lone)->empty()) take(RowKind::kRegister, {}, **lone, false);
      return std::move(found_);
    }
    if (auto read = read_expiries(); !read) return std::unexpected(read.error());
    auto dead = dead_kind();
    if (!dead) return std::unexpected(dead.error());
    // The rows of other types go first: they would show if those that hide them went before.
    if (*dead) {
      if (auto done = walk([&](RowKind kind) { return kind != **dead; }, true); !done)
        return std::unexpected(done.error());
      if (found_.more) return std::move(found_);
      if (auto done = walk([&](RowKind kind) { return kind == **dead; }, false); !done)
        return std::unexpected(done.error());
    } else if (auto done = walk([](RowKind) { return true; }, false); !done) {
      return std::unexpected(done.error());
    }
    if (!found_.more) take_expiries();
    return std::move(found_);
  }

 private:
  std::string row_key(RowKind kind, ByteView subkey) const {
    std::string row(prefix_);
    row.push_back(static_cast<char>(kind));
    return row.append(subkey);
  }

  Result<> read_expiries() {
    const auto row = database_.read(row_key(RowKind::kKeyExpiry, {}), tier_);
    if (!row) return std::unexpected(row.error());
    expiries_ = KeyExpiries(**row);
    return {};
  }

  Result<std::optional<RowKind>> first_kind(ByteView from) {
    std::optional<RowKind> first;
    const auto one = [&](const RowKeyParts& parts, const Lives&) {
      if (parts.kind != RowKind::kKeyExpiry) first = parts.kind;
      return false;
    };
    if (auto read = database_.read_key(prefix_, one, from, tier_); !read)
      return std::unexpected(read.error());
    return first;
  }

  // Of a key with rows of several types whose type has ended: that type.
  Result<std::optional<RowKind>> dead_kind() {
    const auto first = first_kind({});
    if (!first) return std::unexpected(first.error());
    if (!*first) return std::nullopt;
    const char next = static_cast<char>(static_cast<char>(**first) + 1);
    const auto second = first_kind(ByteView(&next, 1));
    if (!second) return std::unexpected(second.error());
    if (!*second) return std::nullopt;
    KeyView view(at_ms_, expiries_);
    const auto one = [&](const RowKeyParts& parts, const Lives& row) {
      if (parts.kind != RowKind::kKeyExpiry) view.take(parts.kind, row);
      return true;
    };
    if (auto read = database_.read_key(prefix_, one, {}, tier_); !read) return std::unexpected(read.error());
    const auto kind = view.kind();
    if (!kind || view.alive(*kind)) return std::nullopt;
    return kind;
  }

  template <class Wants>
  Result<> walk(Wants wants, bool hidden) {
    size_t looked_at = 0;
    const bool lasts = expiries_.longest(at_ms_) != nullptr;
    const auto one = [&](const RowKeyParts& parts, const Lives& row) {
      if (parts.kind == RowKind::kKeyExpiry) return true;
      if (!wants(parts.kind)) return true;
      if (found_.edits.size() >= edits_max_) {
        found_.more = true;
        return false;
      }
      take(parts.kind, parts.subkey, row, hidden);
      return !lasts || ++looked_at < kLookedAtBesides;
    };
    return database_.read_key(prefix_, one, {}, tier_);
  }

  void take(RowKind kind, ByteView subkey, const Lives& row, bool hidden) {
    const std::vector<End> ends = ends_of(row, kind, expiries_);
    std::vector<Dot> dead, increments;
    for (size_t i = 0; i < row.size(); ++i) {
      if (hidden || ends[i].dead(at_ms_)) {
        const bool increment = payload_kind(row[i].payload) == PayloadKind::kCounter;
        (increment ? increments : dead).push_back(row[i].dot);
      } else {
        stays_ = true;
        if (ends[i].ms < found_.next.ms) found_.next = ends[i];
      }
    }
    // Apart: an actor's chain is reset as far as its increments go that are named, not by what else of it is.
    if (!increments.empty()) name(row_key(kind, subkey), std::move(increments), true);
    if (!dead.empty()) name(row_key(kind, subkey), std::move(dead), false);
  }

  // Those that have passed. One that never passes goes with the last of what it kept.
  void take_expiries() {
    std::vector<Dot> ended;
    for (const KeyExpiries::Expiry& expiry : expiries_.all()) {
      if (expiry.expires_ms <= at_ms_ || (expiry.expires_ms == kNever && !stays_)) {
        ended.push_back(expiry.dot);
      } else if (expiry.expires_ms < found_.next.ms) {
        found_.next = {expiry.expires_ms, expiry.dot};
      }
    }
    if (!ended.empty()) name(row_key(RowKind::kKeyExpiry, {}), std::move(ended), false);
  }

  void name(std::string row, std::vector<Dot> dots, bool increments) {
    Edit edit;
    edit.target = std::move(row);
    edit.replaces = std::move(dots);
    edit.expired = true;
    edit.resets = increments;
    found_.edits.push_back(std::move(edit));
  }

  Database& database_;
  const ByteView prefix_;
  const uint64_t at_ms_;
  const size_t edits_max_;
  const Tier tier_;
  KeyExpiries expiries_;
  bool stays_ = false;
  ExpiredRows found_;
};

}  // namespace

Result<ExpiredRows> find_expired(Database& database, ByteView key_prefix, uint64_t at_ms, size_t edits_max,
                                 Tier tier) {
  return Search(database, key_prefix, at_ms, edits_max, tier).run();
}

}  // namespace tutti
