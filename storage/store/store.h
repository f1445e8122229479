#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "storage/base/ids.h"
#include "storage/base/key_prefix.h"
#include "storage/base/result.h"

namespace tutti {

// What one node keeps on disk, in three families of bytes:
//   log   ascending positions -> records; the truth
//   rows  row key -> row bytes, as of the last merge, with one marker that says as of when
//   meta  a few small values, durable when put
// It knows nothing of what the bytes mean; Database does. Two implementations, memory_store and rocks_store,
// held to one conformance test (tests/storage/store/store_conformance.h).
//
// Threads: everything from the owner's thread, except what says "any thread".
// Errors: kIo or kCorrupt; after either the owner stops writing (append, merge, meta_put) for good.

// A cursor over the log. Any one thread.
class LogCursor {
 public:
  virtual ~LogCursor() = default;
  virtual bool valid() const = 0;
  virtual Position position() const = 0;  // REQUIRES valid()
  virtual ByteView record() const = 0;    // valid until next()
  virtual Result<> next() = 0;
};

// A cursor over rows in bytewise order of their keys. Any one thread.
class RowCursor {
 public:
  virtual ~RowCursor() = default;
  virtual Result<> seek(ByteView key) = 0;  // the first at or after
  virtual bool valid() const = 0;
  virtual ByteView key() const = 0;    // valid until the next move
  virtual ByteView value() const = 0;  // likewise
  virtual Result<> next() = 0;
};

// How far a read may go for its bytes.
enum class Tier : uint8_t {
  kAny,     // to the disk: it may block
  kMemory,  // it never blocks: what only the disk could tell is kUnavailable
};
// The error of a read with Tier::kMemory. It says nothing of whether the row exists, and changes nothing: the
// same read with Tier::kAny, on a thread that may block, tells, and brings what it read into memory.
inline Error not_in_memory() { return {ErrorCode::kUnavailable, "not in memory"}; }

// The rows and marker of one merge, unchanged as long as it is held. Any thread.
class RowsSnapshot {
 public:
  virtual ~RowsSnapshot() = default;
  // Into `value`; false where absent. kUnavailable (with Tier::kMemory alone): `value` is unspecified.
  virtual Result<bool> get(ByteView key, std::string& value, Tier tier) const = 0;
  Result<bool> get(ByteView key, std::string& value) const { return get(key, value, Tier::kAny); }
  // Over all rows, in order.
  virtual std::unique_ptr<RowCursor> cursor() const = 0;
  // Over the rows of one key at a time, far cheaper than cursor(): seek() leaves out what cannot hold that key.
  // seek() REQUIRES a key prefix or what begins with one, such as a whole row key (key_prefix_size() > 0): it
  // goes to that key's first row at or after it. The cursor is not valid() where that key has no such row, and
  // next() goes no further than that key's last one. seek() any number of times, to any keys in any order.
  // After kUnavailable it is not valid(), and may seek again.
  // Make it once for many keys: that costs as much as several seeks. Where it stands it keeps files and blocks
  // of then, until it seeks again.
  virtual std::unique_ptr<RowCursor> key_cursor(Tier tier) const = 0;
  std::unique_ptr<RowCursor> key_cursor() const { return key_cursor(Tier::kAny); }
  virtual ByteView marker() const = 0;  // empty before the first merge
};

// One merge: keys strictly ascending, then commit. Any one thread; destroyed uncommitted it leaves no trace.
class RowsMerge {
 public:
  virtual ~RowsMerge() = default;
  virtual Result<> put(ByteView key, ByteView value) = 0;
  virtual Result<> remove(ByteView key) = 0;
  // Syncs the log up to `upto` (inclusive), then makes rows and marker visible and durable in one atomic step.
  virtual Result<> commit(Position upto, ByteView marker) = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // --- log ---
  // Position must be the last one + 1. Whole or not at all; durable after the next sync().
  virtual Result<> append(Position position, ByteView record) = 0;
  // Makes durable all that was appended before the call. Any thread.
  virtual Result<> sync() = 0;
  virtual Position last_position() const = 0;
  // From the first record at or after `from` still held.
  virtual Result<std::unique_ptr<LogCursor>> read_log(Position from) = 0;
  // Gives up records before `before`; they may still be read for a while. The
  // caller has made its floor durable. Any thread.
  virtual Result<> cut_log(Position before) = 0;
  virtual uint64_t log_bytes() const = 0;  // roughly, for policy

  // --- rows ---
  // As of the newest committed merge. Any thread.
  virtual std::shared_ptr<const RowsSnapshot> rows() = 0;
  // One at a time. Any thread.
  virtual Result<std::unique_ptr<RowsMerge>> begin_merge() = 0;

  // --- meta ---
  virtual Result<std::optional<std::string>> meta_get(ByteView key) = 0;
  virtual Result<> meta_put(ByteView key, ByteView value) = 0;  // durable on return
};

}  // namespace tutti
