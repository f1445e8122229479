#pragma once

#include <array>
#include <memory>
#include <string>

#include "storage/table/key_image.h"
#include "storage/table/layers.h"

namespace tutti {

// The rows of one key as the disk has them, in order of suffix, from the cache where they are there. What had to
// be read is left in the cache: all of the key where that fits into an image; of a large one how many rows it
// has, once all of them were passed.
class DiskRows {
 public:
  // `cursor` is a key cursor, made where it is needed; it may serve many keys one after the other.
  DiskRows(const Layers& layers, std::unique_ptr<RowCursor>& cursor) : layers_(layers), cursor_(cursor) {}

  enum class Cache : uint8_t {
    kAround,  // past it: the disk as of `layers.disk`, whatever a merge does
    kLook,    // it may answer
    kFill,    // and keeps what had to be read: a client's read
  };
  // To the first row at or after `from`.
  Result<> start(ByteView prefix, ByteView from, Cache use);
  bool valid() const { return image_row_.valid() || on_disk_; }
  ByteView suffix() const;  // both valid until next()
  ByteView bytes() const;
  Result<> next();

 private:
  Result<> gather();
  Result<> moved(Result<> outcome);

  const Layers& layers_;
  std::unique_ptr<RowCursor>& cursor_;
  ByteView prefix_;
  bool counting_ = false;  // `counts_` has all rows up to here
  RowCounts counts_;
  uint64_t epoch_ = 0;
  std::string image_;
  KeyImageCursor image_row_;  // first these
  bool on_disk_ = false;      // then what the cursor stands at
};

// The live rows of one key in order of suffix, as of a level and what lies below it.
class KeyRows {
 public:
  // From the first row at or after the suffix `from`. `prefix` and `from` must outlive it.
  KeyRows(const Layers& layers, Layers::Level level, ByteView prefix, std::unique_ptr<RowCursor>& cursor,
          ByteView from = {});
  // To the first or next live row; false: there is none.
  Result<bool> next();
  ByteView suffix() const { return suffix_; }  // both valid until next()
  ByteView bytes() const { return bytes_; }

 private:
  Result<> start();
  Result<bool> step(bool& live);

  const Layers& layers_;
  const unsigned level_;
  const ByteView prefix_, from_;
  std::array<const Table::Entry*, 2> entries_{};
  std::array<TouchedRows, 2> touched_;
  DiskRows disk_;
  unsigned bottom_ = Layers::kDisk;  // the lowest level that still shows
  bool started_ = false;
  std::string suffix_, bytes_;
};

}  // namespace tutti
