#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "storage/base/ids.h"

namespace tutti {

// Where SCANs stand. A Redis cursor is a decimal number, a database's is an opaque string: this holds the
// strings that the numbers handed out stand for, the latest so many.
//
// A cursor no longer held begins its scan anew, which is what SCAN promises: every key at least once. Numbers
// go on from the wall clock, so that one from before a restart is not taken for another scan's; below 2^53,
// as many clients read them into a double.
class ScanCursors {
 public:
  static constexpr size_t kCursorsMax = 256;  // scans under way at a time; the oldest goes

  // `at` must not be empty: a scan that is done has cursor 0.
  uint64_t remember(uint64_t now_ms, std::string at) {
    if (last_ == 0) last_ = now_ms << 8;
    if (cursors_.size() == kCursorsMax) cursors_.pop_front();
    cursors_.emplace_back(++last_, std::move(at));
    return last_;
  }

  // Empty: from the beginning.
  ByteView find(uint64_t cursor) const {
    // A linear scan, newest first: a scan goes on from one of the latest.
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
