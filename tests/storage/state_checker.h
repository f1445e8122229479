#pragma once

#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "storage/crypto/text_encoding.h"
#include "storage/database.h"
#include "storage/model/views.h"
#include "tests/storage/model/state_definition.h"

namespace tutti {

// Both throw std::runtime_error.
inline void expect(bool ok, const std::string& what) {
  if (!ok) throw std::runtime_error(what);
}
template <class T>
T must(Result<T> result, const char* what) {
  if (!result) throw std::runtime_error(std::string(what) + ": " + result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// Compares databases with the definition of their clock's state. Throws std::runtime_error at a difference.
class StateChecker {
 public:
  // `keys`: all keys of `state`. References outlive this.
  StateChecker(const StateDefinition& state, const HashKey& key, const std::vector<std::string>& keys)
      : state_(state), key_(key), keys_(keys) {}

  // Every row and every key. `counts`: asked before each count, whether to make it.
  void check(Database& db, const std::function<bool()>& counts) const {
    const auto live = state_.live_keys(db.clock());
    for (const auto& row_key : state_.row_keys())
      check_row(db.clock(), row_key, *must(db.read(row_key), "read"), "read");
    for (const auto& key : keys_) {
      std::string last;
      bool any_row = false;
      must(db.read_key(key_prefix(key),
                       [&](const RowKeyParts& parts, const Lives& row) {
                         const std::string at =
                             std::string(1, static_cast<char>(parts.kind)) + std::string(parts.subkey);
                         expect(last < at && !row.empty() && parts.prefix == key_prefix(key),
                                "live rows, in order");
                         check_row(db.clock(), key_prefix(key) + at, row, "read_key");
                         last = at;
                         any_row = true;
                         return true;
                       }),
           "read_key");
      expect(any_row == live.contains(key_prefix(key)), "a live key has rows");
      if (counts()) check_counts(db, key);
    }
    if (counts()) expect(must(db.key_count(), "count") == live.size(), "the count of keys");
    expect(db.clock_hash() == clock_hash(key_, db.clock()), "the hash of the clock");
    expect(db.clock().covers(db.floor()), "the floor lies below the clock");
  }

  // The rows on disk, and the sums kept with them.
  void check_merged(const Database::Merged& merged) {
    Fingerprints fingerprints;
    uint64_t rows = 0;
    std::set<std::string> keys;
    auto cursor = merged.snapshot->cursor();
    must(cursor->seek({}), "seek");
    for (; cursor->valid(); must(cursor->next(), "next")) {
      const std::string key(cursor->key());
      Lives lives;
      expect(decode_row(cursor->value(), lives) && !lives.empty(), "rows on disk are canonical");
      check_row(merged.clock, key, lives, "on disk");
      fingerprints.add(Fingerprints::range_of(key_, key), row_fingerprint(key_, key, cursor->value()));
      keys.insert(key.substr(0, key_prefix_size(key)));
      ++rows;
    }
    expect(merged.rows == rows, "rows are counted");
    expect(merged.keys == keys.size() && keys == state_.live_keys(merged.clock), "keys are counted");
    expect(merged.fingerprints == fingerprints, "fingerprints are those of the rows");
    const auto [known, fresh] =
        fingerprint_of_.try_emplace(to_hex(clock_hash(key_, merged.clock)), fingerprints.total());
    expect(known->second == fingerprints.total(), "equal clocks, equal fingerprints");
  }

 private:
  void check_row(const VersionVector& clock, const std::string& row_key, const Lives& row,
                 const char* where) const {
    const auto wanted = state_.row(clock, row_key);
    StateDefinition::Row got;
    for (const Live& live : row) {
      StateDefinition::Value value{live.hlc, std::string(live.payload), 0};
      if (payload_kind(live.payload) == PayloadKind::kCounter) {
        value.worth = counter_worth(*decode_payload(live.payload), live.reset_at);
      }
      got.emplace(live.dot, std::move(value));
    }
    if (got == wanted) return;
    std::string what = std::string(where) + ", row " + row_key + ": got";
    for (const auto& [dot, value] : got) what += " " + name(dot) + "=" + std::to_string(value.worth);
    what += ", wanted";
    for (const auto& [dot, value] : wanted) what += " " + name(dot) + "=" + std::to_string(value.worth);
    throw std::runtime_error(what);
  }

  void check_counts(Database& db, const std::string& key) const {
    for (const RowKindFacts& facts : kRowKinds) {
      const RowKind kind = facts.kind;
      uint64_t rows = 0;
      if (!facts.has_subkeys) continue;
      for (const auto& row_key : state_.row_keys()) {
        if (row_key.starts_with(key_prefix(key) + static_cast<char>(kind)))
          rows += state_.row(db.clock(), row_key).empty() ? 0 : 1;
      }
      expect(must(db.count_rows(key_prefix(key), kind), "count") == rows, "the count of rows");
    }
  }

  static std::string name(Dot dot) {
    return std::to_string(dot.counter.value) + "@" + std::to_string(dot.actor.value % 97);
  }

  const StateDefinition& state_;
  const HashKey key_;
  const std::vector<std::string>& keys_;
  std::map<std::string, Hash128> fingerprint_of_;  // by clock hash
};

}  // namespace tutti
