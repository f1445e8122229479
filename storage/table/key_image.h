#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/table/row_counts.h"

namespace tutti {

// All live rows of one key, in order of suffix (kind and subkey), as the cache keeps them. No rows: the key is
// absent. Each row: suffix bytes, row bytes, both behind their lengths. Never stored.
class KeyImage {
 public:
  static constexpr size_t kRowsMax = 128;
  static constexpr size_t kBytesMax = 64u << 10;

  // The new bytes of one row; empty: the row is removed.
  struct Change {
    std::string suffix;
    std::string bytes;
  };

  static void put(std::string& image, ByteView suffix, ByteView bytes) {
    put_bytes(image, suffix);
    put_bytes(image, bytes);
  }
  // Empty: the image has no such row.
  static ByteView find(ByteView image, ByteView suffix);
  // The image after `changes`, which ascend by suffix. None: it exceeds the bounds above.
  static std::optional<std::string> with(ByteView image, std::span<const Change> changes);
  static RowCounts counts(ByteView image);
};

// The changes of one key's rows by a merge, and the change of their counts. Keeps the rows only while an image can
// hold them.
class KeyChanges {
 public:
  // Call in order of suffix. `lived`: the row existed before. `bytes` empty: it is removed.
  void add(ByteView suffix, bool lived, ByteView bytes);
  void clear() { *this = {}; }
  bool empty() const { return rows_.empty() && !outgrow_images_; }
  // The result does not fit into an image; rows() is incomplete.
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
