#include "sim/checkers/key_life.h"

#include <algorithm>
#include <map>

namespace tutti::sim {
namespace {

constexpr uint64_t kForever = UINT64_MAX;
// What another node wrote is left to that one for so long.
constexpr uint64_t kGraceMs = 60'000;

// Somebody is to look at the key: something that expires was written to it, and its time has come. It is its writer's
// to reap, anybody's after the grace; who looks takes all that has ended.
bool is_due(const History& history, const std::vector<History::RowIndex>& rows, const VersionVector& clock,
            uint64_t now_ms, const std::set<ActorId>& own) {
  for (const History::RowIndex row : rows) {
    for (uint32_t index = 0; index < history.brought_count(row); ++index) {
      const History::Brought& brought = history.brought(row, index);
      if (!clock.covers(brought.dot)) continue;
      const uint64_t expires_ms = payload_expires_ms(brought.payload);
      if (expires_ms == 0 && payload_kind(brought.payload) != PayloadKind::kExpiry) continue;
      const uint64_t grace_ms = expires_ms != 0 && own.contains(brought.dot.actor) ? 0 : kGraceMs;
      if (now_ms >= grace_ms &&
          (expires_ms != 0 ? expires_ms : brought.hlc.milliseconds()) <= now_ms - grace_ms)
        return true;
    }
  }
  return false;
}

bool leaves_out(const Operation* operation, const std::string& row, Dot dot) {
  if (!operation) return false;
  return std::ranges::any_of(operation->edits, [&](const Edit& edit) {
    return edit.target == row && edit.replaces &&
           std::ranges::find(*edit.replaces, dot) != edit.replaces->end();
  });
}

}  // namespace

KeyLife::KeyLife(const History& history, const std::vector<History::RowIndex>& rows,
                 const VersionVector& clock, const Operation* without) {
  std::set<std::string> names;
  for (const History::RowIndex row : rows) {
    std::vector<uint32_t> live;
    history.define(row, clock, live);
    const std::string& name = history.row_key(row);
    const auto parts = split_row_key(name);
    for (const uint32_t index : live) {
      const History::Brought& brought = history.brought(row, index);
      const auto payload = decode_payload(brought.payload);
      if (!payload || leaves_out(without, name, brought.dot)) continue;
      Item item{name, parts->kind, payload->kind, brought.dot, brought.dot, brought.hlc};
      if (payload->saved) {
        item.payload = payload->saved->kind;
        item.first = payload->saved->dot;
        item.hlc = payload->saved->hlc;
      }
      item.own_ms = payload->expires_ms == 0 ? kForever : payload->expires_ms;
      item.since_ms = payload->since_ms;
      if (parts->kind == RowKind::kKeyExpiry) {
        expiries_.push_back(item);
      } else {
        items_.push_back(item);
        names.insert(name);
      }
    }
  }
  for (const std::string& name : names) end_row(name);
}

bool KeyLife::later(const Item& a, const Item& b) {
  return a.hlc != b.hlc ? a.hlc > b.hlc : a.first > b.first;
}

uint64_t KeyLife::governed(const Item& item, bool from_before) const {
  std::vector<uint64_t> ends;
  for (const Item& touch : expiries_) {
    const bool after = touch.hlc > item.hlc;
    if (after && item.own_ms > touch.since_ms) ends.push_back(touch.own_ms);
    if (!after && from_before && touch.own_ms > item.hlc.milliseconds()) ends.push_back(touch.own_ms);
  }
  return ends.empty() ? item.own_ms : *std::ranges::max_element(ends);
}

void KeyLife::end_row(const std::string& row) {
  const Item* value = nullptr;
  for (const Item& item : items_) {
    if (item.row == row && item.payload == PayloadKind::kValue && (!value || later(item, *value)))
      value = &item;
  }
  const uint64_t value_end = value ? governed(*value, value->kind != RowKind::kRegister) : 0;
  for (Item& item : items_) {
    if (item.row != row) continue;
    if (item.payload == PayloadKind::kValue) {
      item.end_ms = value_end;
      continue;
    }
    item.end_ms = governed(item, true);
    const bool its_time =
        value && item.own_ms > value->hlc.milliseconds() && item.hlc.milliseconds() < value_end;
    if (item.payload == PayloadKind::kCounter && its_time) item.end_ms = value_end;
  }
}

const KeyLife::Item* KeyLife::newest() const {
  const Item* found = nullptr;
  for (const Item& item : items_) {
    if (!found || later(item, *found)) found = &item;
  }
  return found;
}

std::optional<RowKind> KeyLife::seen(uint64_t now_ms) const {
  const Item* decides = newest();
  if (!decides) return std::nullopt;
  const bool any = std::ranges::any_of(
      items_, [&](const Item& item) { return item.kind == decides->kind && item.end_ms > now_ms; });
  return any ? std::optional(decides->kind) : std::nullopt;
}

uint64_t KeyLife::string_end_ms(uint64_t now_ms) const {
  uint64_t values = 0, counters = 0;
  for (const Item& item : items_) {
    if (item.kind != RowKind::kRegister || item.end_ms <= now_ms) continue;
    uint64_t& end = item.payload == PayloadKind::kValue ? values : counters;
    if (item.payload == PayloadKind::kValue || item.payload == PayloadKind::kCounter)
      end = std::max(end, item.end_ms);
  }
  return values != 0 ? values : counters;
}

std::set<std::pair<std::string, Dot>> KeyLife::shown(uint64_t now_ms) const {
  std::set<std::pair<std::string, Dot>> shown;
  std::map<std::string, const Item*> values;
  const auto type = seen(now_ms);
  for (const Item& item : items_) {
    if (item.kind != type || item.end_ms <= now_ms) continue;
    if (item.payload != PayloadKind::kValue) {
      shown.insert({item.row, item.first});
    } else if (const Item*& best = values[item.row]; !best || later(item, *best)) {
      best = &item;
    }
  }
  for (const auto& [row, item] : values) shown.insert({row, item->first});
  return shown;
}

bool KeyLife::gone(const std::string& row, Dot dot, uint64_t now_ms) const {
  for (const Item& touch : expiries_) {
    if (touch.row == row && touch.dot == dot)
      return touch.own_ms <= now_ms || (touch.own_ms == kForever && shown(now_ms).empty());
  }
  const Item* decides = newest();
  for (const Item& item : items_) {
    if (item.row != row || item.dot != dot) continue;
    return item.end_ms <= now_ms || (item.kind != decides->kind && !seen(now_ms));
  }
  return true;  // replaced before: nothing is taken
}

std::string wrongly_reaped(const History& history, const Operation& operation, uint64_t wall_ms,
                           const std::set<ActorId>& own) {
  VersionVector clock(*operation.past);
  if (operation.dot.counter.value > 1)
    clock.raise({operation.dot.actor, Counter{operation.dot.counter.value - 1}});
  const uint64_t now_ms = wall_ms;
  std::set<std::string> keys;
  for (const Edit& edit : operation.edits) {
    if (edit.expired) keys.insert(edit.target.substr(0, key_prefix_size(edit.target)));
  }
  for (const std::string& key : keys) {
    const auto rows = history.keys().find(key);
    if (rows == history.keys().end()) return "of a key that nobody wrote";
    const KeyLife before(history, rows->second, clock);
    for (const Edit& edit : operation.edits) {
      if (!edit.expired || !edit.target.starts_with(key)) continue;
      for (const Dot& dot : *edit.replaces) {
        if (!before.gone(edit.target, dot, now_ms))
          return history.name(dot) + " of " + *unescape(key) + ", which has not expired by " +
                 std::to_string(now_ms);
      }
    }
    const bool all_expired = std::ranges::all_of(operation.edits, &Edit::expired);
    if (all_expired && !is_due(history, rows->second, clock, now_ms, own))
      return "of " + *unescape(key) + " by " + std::to_string(now_ms) +
             " what another node wrote, and has not left it time to";
    if (all_expired &&
        KeyLife(history, rows->second, clock, &operation).shown(now_ms) != before.shown(now_ms))
      return "of " + *unescape(key) + ", so that something else is seen of it";
  }
  return {};
}

}  // namespace tutti::sim
