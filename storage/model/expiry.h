#pragma once

#include <cstdint>
#include <vector>

#include "storage/model/row.h"
#include "storage/model/row_key.h"

namespace tutti {

// When live payloads end (RULES.md, "Expiry"). Reader and reaper both go by this. Times are ms since 1970.

constexpr uint64_t kNever = UINT64_MAX;

// One live payload as it was first written: of one that was saved, not as it was saved.
struct Written {
  PayloadKind kind = PayloadKind::kValue;  // never kSaved
  uint64_t expires_ms = kNever;            // that it carries itself
  Hlc hlc;
  Dot dot;
  ByteView value;     // kValue
  int64_t worth = 0;  // kCounter
};
Written written(const Live& live);

// The greatest (hlc, dot) decides between concurrent payloads.
inline bool newer(const Written& a, const Written& b) {
  return a.hlc != b.hlc ? a.hlc > b.hlc : a.dot > b.dot;
}

struct End {
  uint64_t ms = kNever;  // dead from then on
  Dot by;                // the live payload whose expiry it is

  bool dead(uint64_t now_ms) const { return ms <= now_ms; }
};

// The live expiries of one key.
class KeyExpiries {
 public:
  struct Expiry {
    uint64_t expires_ms;  // kNever: PERSIST
    uint64_t since_ms;    // what had ended before is not prolonged,
    Hlc from;             // unless it was written from this on
    Hlc hlc;
    Dot dot;
  };
  struct Since {
    uint64_t ms;
    Hlc from;  // 0: the expiry's own hlc, as there is none that it goes on from
  };

  KeyExpiries() = default;
  explicit KeyExpiries(const Lives& expiry_row);

  bool empty() const { return all_.empty(); }
  const std::vector<Expiry>& all() const { return all_; }
  bool any_ended(uint64_t now_ms) const;
  // The longest that has not ended; null: none.
  const Expiry* longest(uint64_t now_ms) const;
  // Of an expiry written now: of those that have not passed it goes on from the earliest.
  Since since(uint64_t now_ms) const;

  // `element`: a field, a member, an increment. Such a one is also under an expiry that was there before it.
  End end_of(const Written& payload, bool element) const;

 private:
  std::vector<Expiry> all_;
};

// The ends of a row's payloads, in its order.
std::vector<End> ends_of(const Lives& row, RowKind kind, const KeyExpiries& expiries);

}  // namespace tutti
