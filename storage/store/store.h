#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "storage/base/ids.h"
#include "storage/base/key_prefix.h"
#include "storage/base/result.h"

namespace tutti {

// One node's data on disk, in three families of bytes:
//   log   ascending positions -> records; the truth
//   rows  row key -> row bytes, as of the last merge, with one marker that says which merge
//   meta  a few small values, durable when put
// The store does not interpret the bytes; Database does. Two implementations, memory_store and rocks_store, pass
// one conformance test (tests/storage/store/store_conformance.h).
//
// Threads: the owner's thread, except where a comment says "any thread".
// Errors: kIo or kCorrupt; after either the owner stops writing (append, merge, meta_put) for good. kFull: the disk has
// no room; after it the owner writes nothing until resume() says so, and may then do again what was refused.

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
  virtual Result<> seek(ByteView key) = 0;  // to the first row at or after `key`
  virtual bool valid() const = 0;
  virtual ByteView key() const = 0;    // valid until the next move
  virtual ByteView value() const = 0;  // likewise
  virtual Result<> next() = 0;
};

// How far a read may go for its bytes.
enum class Tier : uint8_t {
  kAny,     // it may read the disk, and block
  kMemory,  // it never blocks: it returns kUnavailable if it would need the disk
};
// The error of a read with Tier::kMemory. It does not say whether the row exists, and changes nothing. Read again
// with Tier::kAny on a thread that may block: that answers, and brings the bytes into memory.
inline Error not_in_memory() { return {ErrorCode::kUnavailable, "not in memory"}; }

// The rows and marker of one merge. A snapshot never changes. Any thread.
class RowsSnapshot {
 public:
  virtual ~RowsSnapshot() = default;
  // Reads into `value`; false: absent. kUnavailable (only with Tier::kMemory): `value` is unspecified.
  virtual Result<bool> get(ByteView key, std::string& value, Tier tier) const = 0;
  Result<bool> get(ByteView key, std::string& value) const { return get(key, value, Tier::kAny); }
  // Over all rows, in order.
  virtual std::unique_ptr<RowCursor> cursor() const = 0;
  // Over the rows of one key at a time, far cheaper than cursor(): seek() skips the files that cannot hold the key.
  // seek() REQUIRES a key prefix, or bytes that begin with one, such as a row key (key_prefix_size() > 0). It goes
  // to that key's first row at or after these bytes; the cursor is not valid() if there is none. next() stops after
  // that key's last row. seek() may be called any number of times, for any keys in any order.
  // After kUnavailable the cursor is not valid(), and may seek again.
  // Make one cursor for many keys: making it costs as much as several seeks. It keeps the files and blocks of its
  // last seek alive until the next one.
  virtual std::unique_ptr<RowCursor> key_cursor(Tier tier) const = 0;
  std::unique_ptr<RowCursor> key_cursor() const { return key_cursor(Tier::kAny); }
  virtual ByteView marker() const = 0;  // empty before the first merge
};

// One merge: keys strictly ascending, then commit. Any one thread. Destroyed without commit, it changes nothing.
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
  // Whether the disk has room for a record of `record_bytes` bytes, for the merge of `unmerged_bytes` bytes of rows, and
  // for what the store itself writes because of them. kFull: no, in words. To be asked before an operation is shown to
  // anybody; what was admitted is seldom refused. `record_bytes` 0: looks at the disk in any case.
  virtual Result<> room(uint64_t record_bytes, uint64_t unmerged_bytes) = 0;
  // After a kFull: whether to go on. There must be clearly more room than room() asks for. kFull: there is not.
  // kUnavailable: there is, but a write that was admitted has failed for want of room: close the store, and open it
  // anew. Any thread.
  virtual Result<> resume() = 0;
  // REQUIRES position == last_position() + 1. Appends all or nothing; durable after the next sync().
  virtual Result<> append(Position position, ByteView record) = 0;
  // Makes all records appended before the call durable. Any thread.
  virtual Result<> sync() = 0;
  virtual Position last_position() const = 0;
  // The position up to which an earlier store is known to have synced this log, as far as that is remembered. Beyond
  // last_position(): the records between were durable, perhaps acknowledged, and are gone. No change of the store
  // forgets it but a sync of a later position, and accept_loss().
  virtual Position remembered_position() const = 0;
  virtual void accept_loss() = 0;
  // Begins at the first record at or after `from` that is still there.
  virtual Result<std::unique_ptr<LogCursor>> read_log(Position from) = 0;
  // Removes the records before `before`; they may still be readable for a while. REQUIRES that the caller's floor
  // is durable. Any thread.
  virtual Result<> cut_log(Position before) = 0;
  virtual uint64_t log_bytes() const = 0;  // roughly, for policy

  // --- rows ---
  // The rows as of the newest committed merge. Any thread.
  virtual std::shared_ptr<const RowsSnapshot> rows() = 0;
  // One at a time. Any thread.
  virtual Result<std::unique_ptr<RowsMerge>> begin_merge() = 0;

  // --- meta ---
  virtual Result<std::optional<std::string>> meta_get(ByteView key) = 0;
  virtual Result<> meta_put(ByteView key, ByteView value) = 0;  // durable on return
};

}  // namespace tutti
