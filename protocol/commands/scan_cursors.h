#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "storage/base/ids.h"

namespace tutti {

// The cursors of scans. A Redis cursor is a decimal number, a database's cursor is an opaque string: this maps the
// latest kCursorsMax numbers to their strings.
//
// A cursor that is no longer held begins its scan anew; SCAN still shows every key at least once. The numbers
// begin at the wall clock, so that a cursor from before a restart is not taken for another scan's. They stay below
// 2^53, because many clients read them into a double.
class ScanCursors {
 public:
  static constexpr size_t kCursorsMax = 256;  // scans under way at a time; one more drops the oldest

  // REQUIRES that `at` is not empty: the cursor of a finished scan is 0.
  uint64_t remember(uint64_t now_ms, std::string at) {
    if (last_ == 0) last_ = now_ms << 8;
    if (cursors_.size() == kCursorsMax) cursors_.pop_front();
    cursors_.emplace_back(++last_, std::move(at));
    return last_;
  }

  // Empty: begin anew.
  ByteView find(uint64_t cursor) const {
    // A linear search, newest first: scans usually continue one of the latest cursors.
    for (size_t i = cursors_.size(); i-- > 0;) {
      if (cursors_[i].first == cursor) return cursors_[i].second;
    }
    return {};
  }

 private:
  std::deque<std::pair<uint64_t, std::string>> cursors_;
  uint64_t last_ = 0;
};

}  // namespace tutti
