#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "storage/base/ids.h"

namespace tutti {

// The cursors of scans. A Redis cursor is a decimal number, a database's cursor is an opaque string: this maps
// numbers to strings. Of each scan it holds the two latest cursors, so that a client may ask again for the page whose
// reply it lost. A scan that goes on fast does not push out another that is slow.
//
// The numbers begin at the wall clock, so that a cursor from before a restart is not taken for another scan's. They
// stay below 2^53, because many clients read them into a double.
class ScanCursors {
 public:
  static constexpr size_t kScansMax = 512;  // under way at a time; one more drops the one that rested longest

  // `after`: the cursor that the scan went on from; 0: it has just begun. REQUIRES that `at` is not empty: the cursor
  // of a finished scan is 0.
  uint64_t remember(uint64_t now_ms, std::string at, uint64_t after) {
    if (last_ == 0) last_ = now_ms << 8;
    if (const Held* held = get(after)) {
      const uint64_t before = held->after;
      std::erase_if(cursors_, [&](const Held& other) { return other.cursor == before; });
    }
    if (cursors_.size() == 2 * kScansMax) cursors_.pop_front();
    cursors_.push_back({++last_, after, std::move(at)});
    return last_;
  }

  // Nothing where the cursor is not held. Valid until the next remember().
  std::optional<ByteView> find(uint64_t cursor) const {
    const Held* held = get(cursor);
    return held ? std::optional<ByteView>(held->at) : std::nullopt;
  }

 private:
  struct Held {
    uint64_t cursor;
    uint64_t after;  // the scan's cursor before this one
    std::string at;
  };

  // A linear search, newest first: a scan goes on from one of the latest.
  const Held* get(uint64_t cursor) const {
    const auto held = std::ranges::find(cursors_.rbegin(), cursors_.rend(), cursor, &Held::cursor);
    return held == cursors_.rend() ? nullptr : &*held;
  }

  std::deque<Held> cursors_;
  uint64_t last_ = 0;
};

}  // namespace tutti
