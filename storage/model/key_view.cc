#include "storage/model/key_view.h"

#include <algorithm>

namespace tutti {

void KeyView::take(RowKind kind, const Lives& row) {
  Sighting& seen = kinds_[row_kind_index(kind)];
  for (const Live& live : row) {
    const bool saved = payload_kind(live.payload) == PayloadKind::kSaved;
    const Written first =
        saved ? written(live) : Written{PayloadKind::kValue, kNever, live.hlc, live.dot, {}, 0};
    if (!seen.any || first.hlc > seen.hlc || (first.hlc == seen.hlc && first.dot > seen.dot)) {
      seen.hlc = first.hlc;
      seen.dot = first.dot;
    }
    seen.any = true;
  }
  if (seen.alive) return;
  if (row.size() == 1 && expiries_.empty()) {  // of most keys
    const uint64_t expires_ms = payload_expires_ms(row[0].payload);
    seen.end_ms = expires_ms == 0 ? kNever : expires_ms;
    seen.alive = seen.end_ms > now_ms_;
    return;
  }
  for (const End& end : ends_of(row, kind, expiries_)) {
    if (end.dead(now_ms_)) continue;
    seen.end_ms = seen.alive ? std::max(seen.end_ms, end.ms) : end.ms;
    seen.alive = true;
  }
}

std::optional<RowKind> KeyView::kind() const {
  const Sighting* newest = nullptr;
  std::optional<RowKind> decides;
  for (size_t i = 0; i < kinds_.size(); ++i) {
    const Sighting& it = kinds_[i];
    if (!it.any) continue;
    if (newest && (it.hlc != newest->hlc ? it.hlc < newest->hlc : it.dot <= newest->dot)) continue;
    newest = &it;
    decides = kRowKinds[i].kind;
  }
  return decides;
}

}  // namespace tutti
