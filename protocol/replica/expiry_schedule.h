#pragma once

#include <algorithm>
#include <cstdint>
#include <queue>
#include <string>
#include <vector>

#include "storage/model/expiry.h"

namespace tutti {

// When to look at which keys, the earliest first. Bounded: of what finds no room only the earliest time is known.
class ExpirySchedule {
 public:
  static constexpr size_t kEntriesMax = 1u << 20;

  struct Entry {
    uint64_t at_ms;
    std::string key_prefix;
    uint8_t fetches = 0;
    bool operator>(const Entry& o) const { return at_ms > o.at_ms; }
  };

  void add(Entry entry) {
    if (entries_.size() < kEntriesMax) {
      entries_.push(std::move(entry));
    } else {
      left_out_from(entry.at_ms);
    }
  }
  void left_out_from(uint64_t at_ms) { horizon_ms_ = std::min(horizon_ms_, at_ms); }
  // True once so much has gone that what was left out may find room.
  bool wants_more() const { return horizon_ms_ != kNever && entries_.size() < kEntriesMax / 4; }
  // All that was left out is being searched for.
  void searching() { horizon_ms_ = kNever; }

  bool due(uint64_t now_ms) const { return !entries_.empty() && entries_.top().at_ms <= now_ms; }
  // REQUIRES size() > 0.
  uint64_t next_ms() const { return entries_.top().at_ms; }
  Entry take() {
    Entry entry = entries_.top();
    entries_.pop();
    return entry;
  }
  size_t size() const { return entries_.size(); }

 private:
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> entries_;
  uint64_t horizon_ms_ = kNever;
};

}  // namespace tutti
