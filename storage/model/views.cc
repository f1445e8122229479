#include "storage/model/views.h"

#include <algorithm>

#include "storage/base/integer.h"

namespace tutti {

const Live* newest(const Lives& row) {
  const Live* best = nullptr;
  for (const Live& live : row) {
    if (!best || newer(live, *best)) best = &live;
  }
  return best;
}

std::optional<RegisterValue> fold_lww(const Lives& row, uint64_t now_ms) {
  const Live* base = nullptr;
  const Live* increment = nullptr;
  uint64_t sum = 0;
  for (const Live& live : row) {
    if (payload_kind(live.payload) == PayloadKind::kCounter) {
      const auto payload = decode_payload(live.payload);
      if (payload->expired(now_ms)) continue;
      sum += static_cast<uint64_t>(counter_worth(*payload, live.reset_at));
      if (!increment || newer(live, *increment)) increment = &live;
    } else if (payload_kind(live.payload) == PayloadKind::kValue && (!base || newer(live, *base))) {
      // A peer may have written a payload of another kind here: it is no value, and hides no value.
      base = &live;
    }
  }
  if (base && payload_expires_ms(base->payload) != 0 && payload_expires_ms(base->payload) <= now_ms) {
    base = nullptr;
    // An increment of an expired value has its expiry, and is gone too. An increment without an expiry still counts.
  }
  if (!base && !increment) return std::nullopt;
  RegisterValue folded;
  folded.winner = base ? *base : *increment;
  folded.expires_ms = payload_expires_ms(folded.winner.payload);
  if (base) folded.view = payload_value(base->payload);
  if (increment) {
    const auto start = base ? parse_integer(folded.view) : std::optional<int64_t>(0);
    if (start) folded.owned = std::to_string(static_cast<int64_t>(static_cast<uint64_t>(*start) + sum));
  }
  return folded;
}

Siblings fold_siblings(const Lives& row, uint64_t now_ms) {
  Lives ordered(row);
  std::ranges::sort(ordered, newer);
  Siblings siblings;
  for (const Live& live : ordered) {
    if (payload_kind(live.payload) != PayloadKind::kValue) continue;
    siblings.context.push_back(live.dot);
    const uint64_t expires = payload_expires_ms(live.payload);
    if (expires == 0 || expires > now_ms) siblings.values.push_back(payload_value(live.payload));
  }
  return siblings;
}

bool fold_member(const Lives& row, uint64_t now_ms) {
  return std::ranges::any_of(row, [&](const Live& live) {
    const uint64_t expires = payload_expires_ms(live.payload);
    return expires == 0 || expires > now_ms;
  });
}

}  // namespace tutti
