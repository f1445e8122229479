#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/table/row_counts.h"

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
  static RowCounts counts(ByteView image);
};

// What a merge does to the rows of one key: each row that changes, as long as there are few enough for an image,
// and how that changes their counts.
class KeyChanges {
 public:
  // In order of suffix. `lived`: there was such a row. No bytes: there is none from now on.
  void add(ByteView suffix, bool lived, ByteView bytes);
  void clear() { *this = {}; }
  bool empty() const { return rows_.empty() && !outgrow_images_; }
  // No image holds what these changes leave: rows() is not all of them.
  bool outgrow_images() const { return outgrow_images_; }
  std::span<const KeyImage::Change> rows() const { return rows_; }
  const RowCounts& counts() const { return counts_; }

 private:
  std::vector<KeyImage::Change> rows_;
  size_t bytes_ = 0;
  bool outgrow_images_ = false;
  RowCounts counts_;
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
