#include "sim/checkers/audit.h"

#include <algorithm>

#include "protocol/commands/keyspace.h"
#include "sim/checkers/expected_rows.h"
#include "sim/checkers/key_life.h"
#include "sim/truth/after_its_past.h"
#include "sim/truth/same_operation.h"
#include "storage/model/row_key.h"

namespace tutti::sim {
namespace {

using Finding = std::optional<AuditFinding>;

constexpr size_t kKeysPerPage = 16;
constexpr size_t kLogChunkBytes = 64u << 10;

Finding state(std::string what) { return AuditFinding{"state", std::move(what)}; }
Finding log(std::string what) { return AuditFinding{"log", std::move(what)}; }

constexpr uint64_t kLaterMs = 3000;

class Audit {
 public:
  Audit(const History& history, const VersionVector& clock, Database& database, bool may_refuse)
      : history_(history), clock_(clock), database_(database), may_refuse_(may_refuse), expected_(history) {
    expected_.define(clock);
  }

  Finding rows() {
    for (History::RowIndex row = 0; row < history_.rows(); ++row) {
      const auto lives = database_.read(history_.row_key(row));
      if (!lives && may_refuse_) continue;
      if (!lives) return state("a row cannot be read: " + lives.error().message);
      const Difference differs = difference(history_, row, clock_, expected_.live(row), **lives);
      if (!differs.what.empty())
        return AuditFinding{differs.checker, differs.what + " at clock " + history_.name(clock_)};
    }
    return std::nullopt;
  }

  Finding keys() {
    for (const auto& [prefix, rows] : history_.keys()) {
      if (auto found = key(prefix, rows)) return found;
    }
    return std::nullopt;
  }

  Finding key_list() {
    std::vector<std::string> listed;
    std::string from;
    do {
      const auto page = database_.scan_keys(from, kKeysPerPage);
      if (!page && may_refuse_) return std::nullopt;
      if (!page) return state("keys cannot be listed: " + page.error().message);
      listed.insert(listed.end(), page->keys.begin(), page->keys.end());
      from = page->next;
    } while (!from.empty());
    std::ranges::sort(listed);
    listed.erase(std::ranges::unique(listed).begin(), listed.end());
    std::ranges::sort(living_);
    if (listed == living_) return std::nullopt;
    std::vector<std::string> odd;
    std::ranges::set_symmetric_difference(listed, living_, std::back_inserter(odd));
    return state("a scan lists " + std::to_string(listed.size()) + " keys instead of " +
                 std::to_string(living_.size()) + "; the first that differs is " + odd.front());
  }

  Finding key_count() {
    const auto count = database_.key_count();
    if (!count && may_refuse_) return std::nullopt;
    if (!count) return state("keys cannot be counted: " + count.error().message);
    if (*count == living_.size()) return std::nullopt;
    return state("key_count() is " + std::to_string(*count) + " instead of " +
                 std::to_string(living_.size()));
  }

  Finding whole_log() {
    VersionVector at = database_.floor();
    if (!clock_.covers(at)) return log("the floor " + history_.name(at) + " is not within the clock");
    for (bool more = true; more;) {
      const auto chunk = database_.read_log(at, kLogChunkBytes);
      if (!chunk && may_refuse_) return std::nullopt;
      if (!chunk) return log("it cannot be read from its own floor: " + chunk.error().message);
      for (const Operation& op : chunk->operations) {
        if (auto found = served(op, at)) return found;
        at.raise(op.dot);
      }
      more = chunk->more;
      if (more && chunk->operations.empty()) return log("promises more and serves nothing");
    }
    if (at == clock_) return std::nullopt;
    return log("from floor " + history_.name(database_.floor()) + " it serves up to " + history_.name(at) +
               ", the clock is " + history_.name(clock_));
  }

 private:
  Finding key(const std::string& prefix, const std::vector<History::RowIndex>& rows) {
    std::vector<std::string> expected;
    for (const History::RowIndex row : rows) {
      if (!expected_.live(row).empty()) expected.push_back(history_.row_key(row));
    }
    std::ranges::sort(expected);
    std::vector<std::string> found;
    const auto read = database_.read_key(prefix, [&](const RowKeyParts& parts, const Lives& row) {
      if (!row.empty()) {
        found.push_back(std::string(parts.prefix) + static_cast<char>(parts.kind) +
                        std::string(parts.subkey));
      }
      return true;
    });
    if (!expected.empty()) living_.push_back(*unescape(prefix));
    if (!read && may_refuse_) return std::nullopt;
    if (!read) return state("a key cannot be read: " + read.error().message);
    if (found == expected) {
      if (auto wrong = seen(prefix, rows)) return wrong;
      return counts(prefix, found);
    }
    return state("key " + *unescape(prefix) + " lists " + std::to_string(found.size()) + " rows instead of " +
                 std::to_string(expected.size()) + ", or others, or in another order");
  }

  // As the commands see the key: now, and when the last expiry has passed or not.
  Finding seen(const std::string& prefix, const std::vector<History::RowIndex>& rows) {
    const KeyLife life(history_, rows, clock_);
    const std::string key = *unescape(prefix);
    const uint64_t now_ms = database_.last_hlc().milliseconds();
    for (const uint64_t at_ms : {now_ms, now_ms + kLaterMs}) {
      Reading reading;
      const auto state = Keyspace(database_, at_ms, reading).inspect(key);
      if (!state && may_refuse_) return std::nullopt;
      if (!state) return AuditFinding{"state", "a key cannot be read: " + state.error().message};
      const auto kind = life.seen(at_ms);
      const KeyType type = kind ? facts_of(*kind).type : KeyType::kNone;
      if (state->type != type)
        return AuditFinding{"state", "key " + key + " is seen as " + std::string(type_name(state->type)) +
                                         " instead of " + std::string(type_name(type)) + " at " +
                                         std::to_string(at_ms)};
      const uint64_t end_ms = life.string_end_ms(at_ms);
      if (kind == RowKind::kRegister && state->expires_ms != (end_ms == UINT64_MAX ? 0 : end_ms))
        return AuditFinding{"state", "key " + key + " expires at " + std::to_string(state->expires_ms) +
                                         " instead of " + std::to_string(end_ms)};
    }
    return std::nullopt;
  }

  Finding counts(ByteView prefix, const std::vector<std::string>& rows) {
    for (const RowKindFacts& facts : kRowKinds) {
      if (!facts.has_subkeys) continue;
      const RowKind kind = facts.kind;
      const auto count = database_.count_rows(prefix, kind);
      if (!count && may_refuse_) return std::nullopt;
      if (!count) return state("a key's rows cannot be counted: " + count.error().message);
      const auto live = static_cast<uint64_t>(std::ranges::count_if(
          rows, [&](const auto& row) { return row[prefix.size()] == static_cast<char>(kind); }));
      if (*count == live) continue;
      return state("key " + *unescape(prefix) + " counts " + std::to_string(*count) +
                   " rows of a kind instead of " + std::to_string(live));
    }
    return std::nullopt;
  }

  Finding served(const Operation& op, const VersionVector& at) {
    const History::Minted* minted = history_.find(op.dot);
    if (!minted || !same_operation(minted->operation, op))
      return log("serves " + history_.name(op.dot) + " altered");
    if (at.covers(op.dot)) return log("serves " + history_.name(op.dot) + " to a peer that has it");
    if (!after_its_past(op, at)) return log("serves " + history_.name(op.dot) + " before its past");
    return std::nullopt;
  }

  const History& history_;
  const VersionVector& clock_;
  Database& database_;
  const bool may_refuse_;
  ExpectedRows expected_;
  std::vector<std::string> living_;  // keys, once keys() went through them
};

}  // namespace

Finding audit(const History& history, const VersionVector& clock, Database& database, bool may_refuse,
              bool count_keys) {
  Audit audit(history, clock, database, may_refuse);
  if (auto found = audit.rows()) return found;
  if (auto found = audit.keys()) return found;
  if (auto found = audit.key_list()) return found;
  if (count_keys) {
    if (auto found = audit.key_count()) return found;
  }
  return audit.whole_log();
}

}  // namespace tutti::sim
