#include "sim/truth/history.h"

#include <algorithm>

#include "storage/base/check.h"
#include "storage/model/row_key.h"

namespace tutti::sim {
namespace {

bool replaces(const Operation& op, const Edit& edit, Dot dot) {
  if (dot == op.dot) return false;
  if (edit.replaces) return std::ranges::find(*edit.replaces, dot) != edit.replaces->end();
  return op.past_covers(dot);
}

// An increment takes away its own chain's last dot alone; every other edit is a reset to the counters beside
// it.
bool increments(const Operation& op, const Edit& edit) {
  return edit.payload && edit.replaces && payload_kind(*edit.payload) == PayloadKind::kCounter &&
         std::ranges::all_of(*edit.replaces, [&](Dot dot) { return dot.actor == op.dot.actor; });
}

// Where an edit's payload goes: a key's to its register.
std::string payload_row(const Edit& edit) {
  if (edit.scope == Edit::Scope::kRow) return edit.target;
  std::string key = edit.target;
  key.push_back(static_cast<char>(RowKind::kRegister));
  return key;
}

}  // namespace

const History::Minted& History::add(Operation operation, size_t node, Instant at) {
  const Dot dot = operation.dot;
  const auto [found, fresh] = actors_.try_emplace(dot.actor);
  Actor& actor = found->second;
  if (fresh) actor.node = node, actor.ordinal = ++actors_of_[node];
  check(actor.operations.size() + 1 == dot.counter.value,
        "an actor's operations come to the history without gaps");
  Minted& minted = actor.operations.emplace_back(std::move(operation), node, at);
  ++operations_;
  std::vector<RowIndex> rows;
  for (const Edit& edit : minted.operation.edits) {
    if (edit.payload) row_of(payload_row(edit));
    rows.clear();
    touched(edit, rows);
    for (const RowIndex row : rows) replace(minted, edit, row);
    // A later edit of the same operation replaces what an earlier one brought, as if it were past.
    std::erase_if(minted.brought, [&](const auto& brought) {
      if (std::ranges::find(rows, brought.first) == rows.end()) return false;
      check(rows_[brought.first].brought.size() == brought.second + 1, "brought by this very operation");
      rows_[brought.first].brought.pop_back();
      return true;
    });
    if (edit.payload) bring(minted, edit, payload_row(edit));
  }
  return minted;
}

void History::replace(const Minted& minted, const Edit& edit, RowIndex index) {
  const Operation& op = minted.operation;
  Row& row = rows_[index];
  for (Brought& brought : row.brought) {
    if (!replaces(op, edit, brought.dot)) continue;
    const bool decided = std::ranges::any_of(
        brought.replaced_by, [&](Dot earlier) { return earlier == op.dot || op.past_covers(earlier); });
    if (!decided) brought.replaced_by.push_back(op.dot);
  }
  if (!increments(op, edit)) row.resets.push_back({&op, &edit});
}

void History::bring(Minted& minted, const Edit& edit, const std::string& key) {
  const RowIndex row = row_of(key);
  minted.brought.emplace_back(row, static_cast<uint32_t>(rows_[row].brought.size()));
  rows_[row].brought.push_back({minted.operation.dot, minted.operation.hlc, *edit.payload, {}, {}, {}});
}

History::RowIndex History::row_of(const std::string& key) {
  const auto [at, fresh] = by_key_.try_emplace(key, static_cast<RowIndex>(rows_.size()));
  if (fresh) {
    rows_.push_back({key, {}, {}});
    keys_[key.substr(0, key_prefix_size(key))].push_back(at->second);
  }
  return at->second;
}

void History::touched(const Edit& edit, std::vector<RowIndex>& out) const {
  switch (edit.scope) {
    case Edit::Scope::kRow:
      if (const auto at = by_key_.find(edit.target); at != by_key_.end()) out.push_back(at->second);
      break;
    case Edit::Scope::kKey:
      if (const auto at = keys_.find(edit.target); at != keys_.end()) {
        out.insert(out.end(), at->second.begin(), at->second.end());
      }
      break;
    case Edit::Scope::kPrefix:
      for (auto at = by_key_.lower_bound(edit.target);
           at != by_key_.end() && at->first.starts_with(edit.target); ++at) {
        out.push_back(at->second);
      }
      break;
  }
}

const History::Minted* History::find(Dot dot) const {
  const auto at = actors_.find(dot.actor);
  if (at == actors_.end() || dot.counter.value == 0 || dot.counter.value > at->second.operations.size())
    return nullptr;
  return &at->second.operations[dot.counter.value - 1];
}

Counter History::minted(ActorId actor) const {
  const auto at = actors_.find(actor);
  return at == actors_.end() ? Counter{0} : Counter{at->second.operations.size()};
}

std::optional<size_t> History::writer(ActorId actor) const {
  const auto at = actors_.find(actor);
  if (at == actors_.end()) return std::nullopt;
  return at->second.node;
}

bool History::alive(const Brought& brought, const VersionVector& clock) const {
  return clock.covers(brought.dot) &&
         std::ranges::none_of(brought.replaced_by, [&](Dot dot) { return clock.covers(dot); });
}

void History::define(RowIndex row, const VersionVector& clock, std::vector<uint32_t>& out) const {
  const auto& all = rows_[row].brought;
  for (uint32_t i = 0; i < all.size(); ++i) {
    if (alive(all[i], clock)) out.push_back(i);
  }
}

// How much of the actor's chain a reset takes: all that it had seen, or the increments that it names.
Counter History::reach(RowIndex row, const Reset& reset, ActorId actor) const {
  if (!reset.edit->replaces) return reset.operation->past_of(actor);
  Counter reached{0};
  for (const Dot& dot : *reset.edit->replaces) {
    if (dot.actor != actor) continue;
    const Brought* named = brought_by(row, dot);
    if (named && payload_kind(named->payload) == PayloadKind::kCounter)
      reached = std::max(reached, dot.counter);
  }
  return reached;
}

Counter History::mark(RowIndex row, const Brought& counter, const VersionVector& clock) const {
  Counter seen{0};
  for (const Reset& reset : rows_[row].resets) {
    if (!clock.covers(reset.operation->dot) || reset.operation->dot == counter.dot) continue;
    seen = std::max(seen, reach(row, reset, counter.dot.actor));
  }
  Counter largest{0};
  const auto payload = decode_payload(counter.payload);
  for (const CounterMark& mark : payload->marks) {
    if (mark.counter <= seen) largest = std::max(largest, mark.counter);
  }
  return largest;
}

const History::Brought* History::brought_by(RowIndex row, Dot dot) const {
  const Minted* minted = find(dot);
  if (!minted) return nullptr;
  for (const auto& [at, index] : minted->brought) {
    if (at == row) return &rows_[row].brought[index];
  }
  return nullptr;
}

void History::counted(RowIndex row, uint32_t index, int64_t by, std::optional<Dot> last) {
  Brought& counter = rows_[row].brought[index];
  const Brought* before = last ? brought_by(row, *last) : nullptr;
  if (last && (!before || !before->total)) return;
  counter.total = before ? *before->total + by : by;
  counter.chain_begins = before ? before->chain_begins : counter.dot.counter;
}

std::optional<int64_t> History::worth(RowIndex row, const Brought& counter,
                                      const VersionVector& clock) const {
  if (!counter.total) return std::nullopt;
  const Counter from = mark(row, counter, clock);
  if (from < counter.chain_begins) return counter.total;
  const Brought* at = brought_by(row, {counter.dot.actor, from});
  if (!at || !at->total) return std::nullopt;
  return *counter.total - *at->total;
}

std::string History::name(Dot dot) const {
  const auto at = actors_.find(dot.actor);
  const std::string actor =
      at == actors_.end() ? "?" + std::to_string(dot.actor.value)
                          : "n" + std::to_string(at->second.node) + "#" + std::to_string(at->second.ordinal);
  return actor + ":" + std::to_string(dot.counter.value);
}

std::string History::name(const VersionVector& clock) const {
  std::string text;
  for (const auto& entry : clock.entries()) {
    text += (text.empty() ? "{" : " ") + name(Dot{entry.actor, entry.counter});
  }
  return text.empty() ? "{}" : text + "}";
}

}  // namespace tutti::sim
