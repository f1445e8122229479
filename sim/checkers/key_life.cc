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
      Item item;
      item.row = name;
      item.kind = parts->kind;
      item.payload = payload->kind;
      item.dot = item.first = brought.dot;
      item.hlc = item.written = brought.hlc;
      if (payload->saved) {
        item.payload = payload->saved->kind;
        item.first = payload->saved->dot;
        item.hlc = payload->saved->hlc;
      }
      item.own_ms = payload->expires_ms == 0 ? kForever : payload->expires_ms;
      item.since_ms = payload->since_ms;
      item.from = payload->from == Hlc{} ? brought.hlc : payload->from;
      item.subkey = parts->subkey;
      item.value = payload->value;
      item.worth = payload->total;
      if (payload->kind == PayloadKind::kCounter) {
        const auto asked = history.worth(row, brought, clock);
        item.worth = asked ? *asked : counter_worth(*payload, history.mark(row, brought, clock));
      }
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

KeyLife::Ending KeyLife::governed(const Item& item, bool from_before) const {
  std::vector<Ending> endings;
  for (const Item& touch : expiries_) {
    const bool after = touch.hlc > item.hlc;
    if (after && (item.own_ms > touch.since_ms || item.hlc >= touch.from))
      endings.push_back({touch.own_ms, touch.dot});
    if (!after && from_before && touch.own_ms > item.hlc.milliseconds())
      endings.push_back({touch.own_ms, touch.dot});
  }
  if (endings.empty()) return {item.own_ms, item.dot};
  return *std::ranges::max_element(endings, {}, &Ending::ms);
}

void KeyLife::end_row(const std::string& row) {
  const Item* value = nullptr;
  for (const Item& item : items_) {
    if (item.row == row && item.payload == PayloadKind::kValue && (!value || later(item, *value)))
      value = &item;
  }
  const Ending value_end = value ? governed(*value, value->kind != RowKind::kRegister) : Ending{0, {}};
  for (Item& item : items_) {
    if (item.row != row) continue;
    Ending end = value_end;
    if (item.payload != PayloadKind::kValue) {
      const bool its_time =
          value && item.own_ms > value->hlc.milliseconds() && item.hlc.milliseconds() < value_end.ms;
      if (item.payload != PayloadKind::kCounter || !its_time) end = governed(item, true);
    }
    item.end_ms = end.ms;
    item.end_by = end.by;
  }
}

std::set<Dot> KeyLife::ended_by(uint64_t before_ms) const {
  std::set<Dot> by;
  for (const Item& item : items_) {
    if (item.end_ms <= before_ms) by.insert(item.end_by);
  }
  for (const Item& touch : expiries_) {
    if (touch.own_ms <= before_ms) by.insert(touch.dot);
  }
  return by;
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

std::optional<int64_t> whole_number(const std::string& text) {
  const size_t digits = text.starts_with('-') ? 1 : 0;
  if (text == "0") return 0;
  if (text.size() <= digits || text.size() > digits + 19 || text[digits] == '0') return std::nullopt;
  int64_t number = 0;
  for (size_t i = digits; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    const int64_t digit = digits == 1 ? '0' - text[i] : text[i] - '0';
    if (__builtin_mul_overflow(number, int64_t{10}, &number) ||
        __builtin_add_overflow(number, digit, &number))
      return std::nullopt;
  }
  return number;
}

// The newest value, and to an integer, or to nothing, all increments; one that several nodes saved counts once.
std::optional<std::string> KeyLife::folded(const std::vector<const Item*>& row, uint64_t now_ms) const {
  const Item* value = nullptr;
  std::map<Dot, const Item*> counted;
  for (const Item* item : row) {
    if (item->end_ms <= now_ms) continue;
    if (item->payload == PayloadKind::kValue && (!value || later(*item, *value))) value = item;
    if (item->payload != PayloadKind::kCounter) continue;
    const Item*& once = counted[item->first];
    if (!once || item->dot < once->dot) once = item;
  }
  if (!value && counted.empty()) return std::nullopt;
  uint64_t sum = 0;
  for (const auto& [dot, item] : counted) sum += static_cast<uint64_t>(item->worth);
  const auto base = value ? whole_number(std::string(value->value)) : std::optional<int64_t>(0);
  if (counted.empty() || !base) return std::string(value->value);
  return std::to_string(static_cast<int64_t>(static_cast<uint64_t>(*base) + sum));
}

KeySight KeyLife::sight(uint64_t now_ms) const {
  KeySight sight;
  sight.type = seen(now_ms);
  const Item* longest = nullptr;
  for (const Item& touch : expiries_) {
    sight.newest = std::max(sight.newest, touch.hlc);
    sight.expiry_passed |= touch.own_ms <= now_ms;
    if (touch.own_ms > now_ms && (!longest || touch.own_ms > longest->own_ms)) longest = &touch;
  }
  sight.expires = !expiries_.empty();
  std::map<std::string, std::vector<const Item*>> rows;
  for (const Item& item : items_) {
    sight.newest = std::max({sight.newest, item.hlc, item.written});
    sight.expires |= item.own_ms != kForever;
    if (item.kind != sight.type) continue;
    rows[item.subkey].push_back(&item);
    if (item.end_ms > now_ms) sight.ends_ms.insert(longest ? longest->own_ms : item.end_ms);
  }
  if (sight.type == RowKind::kRegister) sight.ends_ms = {string_end_ms(now_ms)};
  if (!sight.type) return sight;
  sight.rows = rows.size();
  for (const auto& [subkey, row] : rows) {
    if (sight.type == RowKind::kSetMember) {
      if (std::ranges::any_of(row, [&](const Item* item) { return item->end_ms > now_ms; }))
        sight.values[subkey];
    } else if (auto value = folded(row, now_ms)) {
      sight.values[subkey] = *std::move(value);
    }
  }
  return sight;
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
