#pragma once

#include <array>
#include <memory>
#include <string>

#include "storage/table/key_image.h"
#include "storage/table/key_reader.h"
#include "storage/table/layers.h"

namespace tutti {

// The rows of one key as the disk has them, in order of suffix, from the cache where they are there. What had to
// be read is left in the cache: all of the key where that fits into an image; of a large one how many rows it
// has, once all of them were passed. One at a time: it views into `layers.last`.
class DiskRows {
 public:
  DiskRows(const Layers& layers, KeyReader& reader) : layers_(layers), reader_(reader) {}

  enum class Cache : uint8_t {
    kAround,  // past it: the disk as of `layers.disk`, whatever a merge does
    kLook,    // it may answer
    kFill,    // and keeps what had to be read: a client's read
  };
  // To the first row at or after `from`, if the cache can tell.
  bool start_cached(ByteView prefix, ByteView from);
  // The same from a merged table that knows the key whole; false: that is too much for an image.
  bool start_merged(ByteView prefix, const Table::Entry* entry);
  // The same from wherever it is.
  Result<> start(ByteView prefix, ByteView from, Cache use);
  bool valid() const { return image_row_.valid() || on_disk_; }
  ByteView suffix() const;  // both valid until next()
  ByteView bytes() const;
  Result<> next();

 private:
  Result<> gather();
  void gathered();
  Result<> moved(Result<> outcome);

  const Layers& layers_;
  KeyReader& reader_;
  RowCursor* cursor_ = nullptr;  // the reader's, from start() on
  ByteView prefix_;
  bool counting_ = false;  // `counts_` has all rows up to here
  RowCounts counts_;
  uint64_t epoch_ = 0;
  KeyImageCursor image_row_;  // first these
  bool on_disk_ = false;      // then what the cursor stands at
};

// The live rows of one key in order of suffix, as of a level and what lies below it. One at a time, as DiskRows.
class KeyRows {
 public:
  // From the first row at or after the suffix `from`. `prefix` and `from` must outlive it.
  KeyRows(const Layers& layers, Layers::Level level, ByteView prefix, KeyReader& reader, ByteView from = {});
  // To the first or next live row; false: there is none.
  Result<bool> next();
  ByteView suffix() const { return suffix_; }  // both valid until next()
  ByteView bytes() const { return bytes_; }

 private:
  Result<> start();
  Result<> leave();
  unsigned stand();

  const Layers& layers_;
  const unsigned level_;
  const ByteView prefix_, from_;
  std::array<const Table::Entry*, 2> entries_{};
  std::array<bool, 2> erases_{};
  std::array<TouchedRows, 2> touched_;
  DiskRows disk_;
  bool started_ = false;
  unsigned standing_ = 0;  // a bit for each level that stands at `suffix_`
  ByteView suffix_, bytes_;
  std::string left_;  // of bytes_, by an erasure
};

}  // namespace tutti
