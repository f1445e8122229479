#pragma once

#include <optional>
#include <span>
#include <string>

#include "storage/base/bytes.h"

namespace tutti {

// All live rows of one key, one behind the other, in order of suffix (kind and subkey): what a cache keeps of a
// key. No rows: the key is absent. Each: suffix bytes, row bytes, both behind their lengths. Never stored.
class KeyImage {
 public:
  static constexpr size_t kRowsMax = 128;
  static constexpr size_t kBytesMax = 64u << 10;

  // One row as it is from now on; no bytes: it is gone.
  struct Change {
    std::string suffix;
    std::string bytes;
  };

  static void put(std::string& image, ByteView suffix, ByteView bytes) {
    put_bytes(image, suffix);
    put_bytes(image, bytes);
  }
  // Empty where the image has no such row.
  static ByteView find(ByteView image, ByteView suffix);
  // The image after these changes, which ascend by suffix. Empty where it outgrows the bounds above.
  static std::optional<std::string> with(ByteView image, std::span<const Change> changes);
};

// Walks an image, which must outlive it.
class KeyImageCursor {
 public:
  KeyImageCursor() = default;
  explicit KeyImageCursor(ByteView image) : rest_(image) { next(); }
  bool valid() const { return valid_; }
  ByteView suffix() const { return suffix_; }
  ByteView bytes() const { return bytes_; }
  void next() {
    valid_ = !rest_.empty();
    if (!valid_) return;
    ByteReader in(rest_);
    suffix_ = in.bytes();
    bytes_ = in.bytes();
    rest_ = rest_.substr(rest_.size() - in.left());
  }

 private:
  ByteView rest_, suffix_, bytes_;
  bool valid_ = false;
};

}  // namespace tutti
