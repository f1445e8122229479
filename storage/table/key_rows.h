#pragma once

#include <array>
#include <memory>
#include <string>

#include "storage/table/key_image.h"
#include "storage/table/key_reader.h"
#include "storage/table/layers.h"

namespace tutti {

// The rows of one key as the disk holds them, in order of suffix. Takes them from the cache if it has the key, else
// reads them and puts them into the cache: the whole key if it fits into an image, else the counts of its rows
// once all of them were read. Only one DiskRows may be in use at a time: it views into `layers.last`.
class DiskRows {
 public:
  DiskRows(const Layers& layers, KeyReader& reader) : layers_(layers), reader_(reader) {}

  enum class Cache : uint8_t {
    kAround,  // not used: rows as of `layers.disk`, even if a merge has updated the cache
    kLook,    // read, not filled
    kFill,    // read and filled: a client's read
  };
  // Moves to the first row at or after `from`, if the cache has the key.
  bool start_cached(ByteView prefix, ByteView from);
  // The same from a merged table that holds the whole key; false: the key does not fit into an image.
  bool start_merged(ByteView prefix, const Table::Entry* entry);
  // The same from the cache or the disk.
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
  KeyImageCursor image_row_;  // these rows come first
  bool on_disk_ = false;      // the row is the cursor's
};

// The live rows of one key in order of suffix, as of a level and the levels below it. Only one at a time, as
// DiskRows.
class KeyRows {
 public:
  // Begins at the first row at or after the suffix `from`. `prefix` and `from` must outlive this.
  KeyRows(const Layers& layers, Layers::Level level, ByteView prefix, KeyReader& reader, ByteView from = {});
  // Moves to the first or next live row; false: there is none.
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
  unsigned standing_ = 0;  // one bit for each level that has a row at `suffix_`
  ByteView suffix_, bytes_;
  std::string left_;  // the row after an erasure; bytes_ may view into it
};

}  // namespace tutti
