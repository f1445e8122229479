#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/check.h"
#include "storage/base/ids.h"

namespace tutti::fuzz {

// libFuzzer's input as a ByteView.
inline ByteView view(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

// An input as a tape of choices: numbers and bytes are taken off its front. After its end every number is 0 and all
// bytes are empty, so that a short input makes few steps.
class Tape {
 public:
  Tape(const uint8_t* data, size_t size) : left_(view(data, size)) {}

  bool done() const { return left_.empty(); }
  uint8_t number() {
    if (left_.empty()) return 0;
    const auto first = static_cast<uint8_t>(left_[0]);
    left_.remove_prefix(1);
    return first;
  }
  // Behind their own length.
  ByteView bytes() {
    const size_t low = number();
    const size_t size = std::min<size_t>(low | static_cast<size_t>(number()) << 8, left_.size());
    const ByteView taken = left_.substr(0, size);
    left_.remove_prefix(size);
    return taken;
  }
  ByteView rest() {
    const ByteView taken = left_;
    left_ = {};
    return taken;
  }

 private:
  ByteView left_;
};

}  // namespace tutti::fuzz
