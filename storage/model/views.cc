#include "storage/model/views.h"

#include <algorithm>

#include "storage/base/integer.h"

namespace tutti {

namespace {

uint64_t or_zero(uint64_t end_ms) { return end_ms == kNever ? 0 : end_ms; }

// What most rows are: one payload, of a key without expiries.
std::optional<RegisterValue> fold_lone(const Live& live, uint64_t now_ms) {
  const uint64_t expires_ms = payload_expires_ms(live.payload);
  if (expires_ms != 0 && expires_ms <= now_ms) return std::nullopt;
  const Written payload = written(live);
  if (payload.kind == PayloadKind::kValue) return RegisterValue{{}, payload.value, expires_ms};
  if (payload.kind == PayloadKind::kCounter)
    return RegisterValue{std::to_string(payload.worth), {}, expires_ms};
  return std::nullopt;
}

// An increment that several nodes saved counts once.
bool counted_before(const std::vector<Written>& counted, const Written& increment) {
  return std::ranges::find(counted, increment.dot, &Written::dot) != counted.end();
}

}  // namespace

std::optional<RegisterValue> fold_lww(const Lives& row, uint64_t now_ms, RowKind kind,
                                      const KeyExpiries& expiries) {
  if (row.size() == 1 && expiries.empty()) return fold_lone(row[0], now_ms);
  const std::vector<End> ends = ends_of(row, kind, expiries);
  std::optional<Written> base;
  std::vector<Written> increments;
  uint64_t sum = 0;
  uint64_t base_end = 0, increments_end = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    if (ends[i].dead(now_ms)) continue;
    const Written payload = written(row[i]);
    if (payload.kind == PayloadKind::kCounter) {
      if (counted_before(increments, payload)) continue;
      sum += static_cast<uint64_t>(payload.worth);
      increments.push_back(payload);
      increments_end = std::max(increments_end, ends[i].ms);
    } else if (payload.kind == PayloadKind::kValue && (!base || newer(payload, *base))) {
      // A peer may have written a payload of another kind here: it is no value, and hides no value.
      base = payload;
      base_end = ends[i].ms;
    }
  }
  if (!base && increments.empty()) return std::nullopt;
  RegisterValue folded;
  folded.expires_ms = or_zero(base ? base_end : increments_end);
  if (base) folded.view = base->value;
  if (!increments.empty()) {
    const auto start = base ? parse_integer(folded.view) : std::optional<int64_t>(0);
    if (start) folded.owned = std::to_string(static_cast<int64_t>(static_cast<uint64_t>(*start) + sum));
  }
  return folded;
}

Siblings fold_siblings(const Lives& row, uint64_t now_ms) {
  Lives ordered(row);
  std::ranges::sort(ordered, [](const Live& a, const Live& b) { return newer(written(a), written(b)); });
  Siblings siblings;
  for (const Live& live : ordered) {
    if (payload_kind(live.payload) != PayloadKind::kValue) continue;
    siblings.context.push_back(live.dot);
    const uint64_t expires = payload_expires_ms(live.payload);
    if (expires == 0 || expires > now_ms) siblings.values.push_back(payload_value(live.payload));
  }
  return siblings;
}

bool fold_member(const Lives& row, uint64_t now_ms, const KeyExpiries& expiries) {
  return std::ranges::any_of(
      row, [&](const Live& live) { return !expiries.end_of(written(live), true).dead(now_ms); });
}

}  // namespace tutti
