#pragma once

#include <array>
#include <optional>

#include "storage/model/expiry.h"
#include "storage/model/row_key.h"

namespace tutti {

// What rows of a key say of the whole: the payload with the greatest (hlc, dot) decides the type, ended or not, and the
// key is seen while a payload in a row of that type lives (RULES.md, "Views"). Takes any rows but the expiry's, in any
// order; speaks for those that it took.
class KeyView {
 public:
  // `expiries` outlives this.
  KeyView(uint64_t now_ms, const KeyExpiries& expiries) : now_ms_(now_ms), expiries_(expiries) {}

  void take(RowKind kind, const Lives& row);

  // The kind of row that decides; empty: no payload was taken.
  std::optional<RowKind> kind() const;
  bool any(RowKind kind) const { return of(kind).any; }
  // A payload in a row of this kind lives.
  bool alive(RowKind kind) const { return of(kind).alive; }
  // When the first such payload that was taken ends; of a string, when it does.
  uint64_t end_ms(RowKind kind) const { return of(kind).end_ms; }

 private:
  struct Sighting {
    bool any = false;
    Hlc hlc;
    Dot dot;
    bool alive = false;
    uint64_t end_ms = kNever;
  };
  const Sighting& of(RowKind kind) const { return kinds_[row_kind_index(kind)]; }

  uint64_t now_ms_;
  const KeyExpiries& expiries_;
  std::array<Sighting, kRowKinds.size()> kinds_;  // as in kRowKinds
};

}  // namespace tutti
