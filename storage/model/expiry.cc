#include "storage/model/expiry.h"

#include <algorithm>

namespace tutti {
namespace {

uint64_t or_never(uint64_t expires_ms) { return expires_ms == 0 ? kNever : expires_ms; }

// The value that hides the others; null: there is none.
const Written* newest_value(const std::vector<Written>& row) {
  const Written* best = nullptr;
  for (const Written& payload : row) {
    if (payload.kind == PayloadKind::kValue && (!best || newer(payload, *best))) best = &payload;
  }
  return best;
}

// An increment lasts as long as the value that it counts on, unless what it carries had ended before that value was
// written, or it was written after that value had ended. An expiry of the key does not matter here: it goes once passed.
bool counts_on(const Written& increment, const Written& value, const End& values) {
  return increment.expires_ms > value.hlc.milliseconds() && increment.hlc.milliseconds() < values.ms;
}

}  // namespace

Written written(const Live& live) {
  if (payload_kind(live.payload) == PayloadKind::kValue) {
    return {PayloadKind::kValue, or_never(payload_expires_ms(live.payload)), live.hlc, live.dot,
            payload_value(live.payload)};
  }
  const auto payload = decode_payload(live.payload);
  if (!payload)
    return {PayloadKind::kExpiry, kNever, live.hlc, live.dot, {}, 0};  // a row of a damaged peer: no value
  const uint64_t expires_ms = or_never(payload->expires_ms);
  if (payload->saved)
    return {payload->saved->kind, expires_ms,     payload->saved->hlc,
            payload->saved->dot,  payload->value, payload->total};
  const bool counter = payload->kind == PayloadKind::kCounter;
  return {payload->kind, expires_ms, live.hlc,
          live.dot,      {},         counter ? counter_worth(*payload, live.reset_at) : 0};
}

KeyExpiries::KeyExpiries(const Lives& expiry_row) {
  for (const Live& live : expiry_row) {
    const auto payload = decode_payload(live.payload);
    // A peer may have written a payload of another kind here: it is no expiry.
    if (!payload || payload->kind != PayloadKind::kExpiry) continue;
    const Hlc from = payload->from == Hlc{} ? live.hlc : payload->from;
    all_.push_back({or_never(payload->expires_ms), payload->since_ms, from, live.hlc, live.dot});
  }
}

bool KeyExpiries::any_ended(uint64_t now_ms) const {
  return std::ranges::any_of(all_, [&](const Expiry& e) { return e.expires_ms <= now_ms; });
}

const KeyExpiries::Expiry* KeyExpiries::longest(uint64_t now_ms) const {
  const auto at = std::ranges::max_element(all_, {}, &Expiry::expires_ms);
  return at == all_.end() || at->expires_ms <= now_ms ? nullptr : &*at;
}

KeyExpiries::Since KeyExpiries::since(uint64_t now_ms) const {
  Since since{now_ms, {}};
  for (const Expiry& e : all_) {
    if (e.expires_ms <= now_ms) continue;
    since.ms = std::min(since.ms, e.since_ms);
    since.from = since.from == Hlc{} ? e.from : std::min(since.from, e.from);
  }
  return since;
}

End KeyExpiries::end_of(const Written& payload, bool element) const {
  End end{payload.expires_ms, payload.dot};
  bool governed = false;
  for (const Expiry& e : all_) {
    const bool later = e.hlc > payload.hlc;
    const bool governs = later ? payload.expires_ms > e.since_ms || payload.hlc >= e.from
                               : element && e.expires_ms > payload.hlc.milliseconds();
    if (!governs || (governed && e.expires_ms <= end.ms)) continue;
    end = {e.expires_ms, e.dot};
    governed = true;
  }
  return end;
}

std::vector<End> ends_of(const Lives& row, RowKind kind, const KeyExpiries& expiries) {
  std::vector<Written> payloads;
  payloads.reserve(row.size());
  for (const Live& live : row) payloads.push_back(written(live));
  const Written* value = newest_value(payloads);
  const End values = value ? expiries.end_of(*value, kind != RowKind::kRegister) : End{};
  std::vector<End> ends;
  ends.reserve(row.size());
  for (const Written& payload : payloads) {
    if (payload.kind == PayloadKind::kValue) {
      ends.push_back(values);
      continue;
    }
    const End own = expiries.end_of(payload, true);
    const bool counts = value && payload.kind == PayloadKind::kCounter && counts_on(payload, *value, values);
    ends.push_back(counts ? values : own);
  }
  return ends;
}

}  // namespace tutti
