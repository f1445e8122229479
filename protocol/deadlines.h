#pragma once

#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "storage/base/time.h"

namespace tutti {

// One alarm for each key, the earliest first. Equal instants come in order of key, so that a run can be repeated.
template <class Key>
class Deadlines {
 public:
  // Sets or moves the key's alarm.
  void set(const Key& key, Instant at) {
    clear(key);
    order_.emplace(at, key);
    at_[key] = at;
  }
  void clear(const Key& key) {
    const auto it = at_.find(key);
    if (it == at_.end()) return;
    order_.erase({it->second, key});
    at_.erase(it);
  }
  bool has(const Key& key) const { return at_.contains(key); }

  std::optional<Instant> next() const {
    if (order_.empty()) return std::nullopt;
    return order_.begin()->first;
  }
  // Takes out one alarm that is due.
  std::optional<Key> pop_due(Instant now) {
    if (order_.empty() || order_.begin()->first > now) return std::nullopt;
    Key key = order_.begin()->second;
    clear(key);
    return key;
  }

 private:
  std::set<std::pair<Instant, Key>> order_;
  std::unordered_map<Key, Instant> at_;
};

}  // namespace tutti
