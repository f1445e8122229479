#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "storage/model/operation.h"
#include "storage/model/payload.h"
#include "storage/model/row_key.h"

namespace tutti {

// The state by its definition, computed slowly. Of all operations that a clock names, a row holds the payloads that none
// of these operations replaces. An increment is worth the part of its chain that no reset had seen. Database must show
// exactly this at every moment, for every row.
class StateDefinition {
 public:
  struct Value {
    Hlc hlc;
    std::string payload;
    int64_t worth = 0;  // of a counter
    bool operator==(const Value&) const = default;
  };
  using Row = std::map<Dot, Value>;

  explicit StateDefinition(std::vector<std::string> row_keys) : row_keys_(std::move(row_keys)) {}

  const std::vector<std::string>& row_keys() const { return row_keys_; }
  const std::map<Dot, Operation>& operations() const { return operations_; }

  // `by`: the amount of each row that the operation increments.
  void add(const Operation& op, const std::map<std::string, int64_t>& by = {}) {
    const Operation& kept = operations_.emplace(op.dot, op).first->second;
    for (const auto& row_key : row_keys_) {
      for (const Edit& edit : op.edits) {
        if (!touches(edit, row_key)) continue;
        touching_[row_key].push_back(&kept);
        break;
      }
    }
    for (auto& [row_key, amount] : by) by_[{row_key, op.dot}] = amount;
  }

  Row row(const VersionVector& clock, const std::string& row_key) const {
    std::vector<const Operation*> applied;
    if (const auto all = touching_.find(row_key); all != touching_.end()) {
      for (const Operation* op : all->second) {
        if (clock.covers(op->dot)) applied.push_back(op);
      }
    }
    Row row;
    for (const Operation* op : applied) {
      const std::string* payload = brought(*op, row_key);
      if (!payload) continue;
      bool replaced = false;
      for (const Operation* other : applied)
        replaced = replaced || (other != op && replaces(*other, row_key, op->dot));
      if (replaced) continue;
      row[op->dot] = {op->hlc, *payload,
                      by_.contains({row_key, op->dot}) ? worth(applied, row_key, op->dot) : 0};
    }
    return row;
  }

  // Key prefixes with a live row.
  std::set<std::string> live_keys(const VersionVector& clock) const {
    std::set<std::string> keys;
    for (const auto& row_key : row_keys_) {
      std::string prefix = row_key.substr(0, key_prefix_size(row_key));
      if (!keys.contains(prefix) && !row(clock, row_key).empty()) keys.insert(std::move(prefix));
    }
    return keys;
  }

 private:
  static bool touches(const Edit& edit, const std::string& row_key) {
    return edit.scope == Edit::Scope::kRow ? edit.target == row_key : row_key.starts_with(edit.target);
  }
  static bool is_register(const std::string& row_key) {
    return row_key.size() == key_prefix_size(row_key) + 1 && row_key.back() == 'r';
  }

  // The payload that the operation itself leaves in the row: its edits apply in order.
  static const std::string* brought(const Operation& op, const std::string& row_key) {
    const std::string* payload = nullptr;
    for (const Edit& edit : op.edits) {
      if (!touches(edit, row_key)) continue;
      payload = edit.payload && (edit.scope == Edit::Scope::kRow || is_register(row_key)) ? &*edit.payload
                                                                                          : nullptr;
    }
    return payload;
  }
  static bool replaces(const Operation& op, const std::string& row_key, Dot dot) {
    for (const Edit& edit : op.edits) {
      if (!touches(edit, row_key)) continue;
      if (edit.replaces ? std::ranges::find(*edit.replaces, dot) != edit.replaces->end()
                        : op.past_covers(dot))
        return true;
    }
    return false;
  }

  // The last counter of an actor's chain that the operation's resets of the row had seen.
  Counter reset_reach(const Operation& op, const std::string& row_key, ActorId actor) const {
    Counter reach{0};
    if (by_.contains({row_key, op.dot})) return reach;
    for (const Edit& edit : op.edits) {
      if (!touches(edit, row_key)) continue;
      if (!edit.replaces) reach = std::max(reach, op.past_of(actor));
      for (const Dot& dot : edit.replaces.value_or(std::vector<Dot>{})) {
        if (dot.actor == actor) reach = std::max(reach, dot.counter);
      }
    }
    return reach;
  }

  int64_t worth(const std::vector<const Operation*>& applied, const std::string& row_key, Dot live) const {
    Counter reach{0};
    for (const Operation* op : applied) reach = std::max(reach, reset_reach(*op, row_key, live.actor));
    int64_t sum = by_.at({row_key, live});
    for (Dot at = live; at.counter.value != 0;) {
      const Operation& op = operations_.at(at);
      at.counter = Counter{0};
      for (const Edit& edit : op.edits) {
        if (edit.target == row_key && edit.replaces && !edit.replaces->empty()) at = edit.replaces->front();
      }
      if (at.counter.value != 0 && at.counter > reach) sum += by_.at({row_key, at});
    }
    return sum;
  }

  std::vector<std::string> row_keys_;
  std::map<Dot, Operation> operations_;
  std::map<std::string, std::vector<const Operation*>> touching_;
  std::map<std::pair<std::string, Dot>, int64_t> by_;
};

}  // namespace tutti
