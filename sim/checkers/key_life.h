#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/truth/history.h"
#include "storage/model/row_key.h"

namespace tutti::sim {

// A key as a client sees it.
struct KeySight {
  std::optional<RowKind> type;                // empty: there is no such key
  std::map<std::string, std::string> values;  // by field or member (which have no value); of a string by ""
  std::set<uint64_t> ends_ms;                 // when it ends; UINT64_MAX: never. Several: any may be told
  uint64_t rows = 0;                          // that are live, of the type
  bool expiry_passed = false;                 // and is not reaped
  bool expires = false;                       // something of it does, or did
  Hlc newest;

  std::string value() const { return values.contains("") ? values.at("") : std::string(); }
};
// As a client writes it; empty: it is no integer of 64 bits.
std::optional<int64_t> whole_number(const std::string& text);

// What a reader sees of one key at a clock and a time, and what a reaper may take of it (RULES.md, "Expiry"), by a
// definition of its own: it shares no code with the core's reader and reaper.
class KeyLife {
 public:
  // `without`: dots named by row that are left out.
  KeyLife(const History& history, const std::vector<History::RowIndex>& rows, const VersionVector& clock,
          const Operation* without = nullptr);

  // The type that is seen; empty: none.
  std::optional<RowKind> seen(uint64_t now_ms) const;
  // When a string that is seen ends; UINT64_MAX: never.
  uint64_t string_end_ms(uint64_t now_ms) const;
  KeySight sight(uint64_t now_ms) const;
  // What has ended by `before_ms`, and by whose word: the operations that brought those expiries.
  std::set<Dot> ended_by(uint64_t before_ms) const;
  // The payloads that make up what is seen, as row and dot.
  std::set<std::pair<std::string, Dot>> shown(uint64_t now_ms) const;
  // The row's payload has ended, or is hidden by what has.
  bool gone(const std::string& row, Dot dot, uint64_t now_ms) const;

 private:
  struct Item {
    std::string row;
    RowKind kind{};         // of the row
    PayloadKind payload{};  // as it was first
    Dot dot;                // in the row
    Dot first;              // of the payload as it was first
    Hlc hlc;
    Hlc written;          // with this payload; later, of what was saved
    uint64_t own_ms = 0;  // UINT64_MAX: never
    uint64_t since_ms = 0;
    Hlc from;
    uint64_t end_ms = 0;
    Dot end_by;
    std::string subkey;
    ByteView value;     // kValue
    int64_t worth = 0;  // kCounter
  };
  static bool later(const Item& a, const Item& b);
  struct Ending {
    uint64_t ms;
    Dot by;
  };
  Ending governed(const Item& item, bool from_before) const;
  void end_row(const std::string& row);
  const Item* newest() const;
  std::optional<std::string> folded(const std::vector<const Item*>& row, uint64_t now_ms) const;

  std::vector<Item> items_, expiries_;
};

// What is wrong with the reaper's deletes of an operation, in words; empty: nothing. `history` has all of its past.
// `wall_ms`: the time that its node went by; `own`: the actors that the node is or has been.
std::string wrongly_reaped(const History& history, const Operation& operation, uint64_t wall_ms,
                           const std::set<ActorId>& own);

}  // namespace tutti::sim
