#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "storage/store/persistent_rows.h"
#include "storage/store/store.h"

namespace tutti {

// A disk in memory, for tests and the simulator: what outlives the process on it. One store at a time is open
// on it; after a power loss the open one is dead (its writes fail), and a new one finds what was durable.
//
// Loses, with the power: log records not synced, from some point on; a merge not committed. The record amid which the
// power went may be there in part: whoever opens the disk next finds it torn by its checksum and drops it, as RocksDB
// does with the end of its write-ahead log. Never: synced records, committed merges, meta values.
// Fails, when told to: every write, until healed (a full disk); one write, or one read (an I/O error).
// Has nothing in memory, when told to: reads with Tier::kMemory then say kUnavailable.
// Damages, when told to: one bit of a record, a row or a meta value. Whoever reads it gets kCorrupt from its checksum.
// Of the newest log record nobody can say whether it is torn or damaged: it is dropped at the next open.
class MemoryDisk {
 public:
  enum class Operation : uint8_t { kAppend, kSync, kMerge, kMetaPut, kRead, kCount };
  enum class Part : uint8_t { kLog, kRows, kMeta };

  MemoryDisk();

  // Of the log records not synced, that many survive; of the next one this share of its bytes.
  void power_loss(uint64_t unsynced_survive = 0, double torn = 0);
  // A copy as it stands, unsynced records and damage too: a backup, a cloned machine.
  std::shared_ptr<MemoryDisk> clone() const;
  // Every write fails with it, until healed; what was on the disk stays readable.
  void fail_writes(Error error);
  // The one of this kind that comes after `spared` more of them fails with kIo.
  void fail_one(Operation operation, uint64_t spared = 0);
  // Takes back both.
  void heal();
  // Asked at each read with Tier::kMemory (a get, a move of a key cursor): true is kUnavailable. Empty, as at
  // first: never. Called on the reader's thread, one call at a time; it may not read from this disk.
  void set_memory_misses(std::function<bool()> misses);
  // While suspended no error comes, and none is used up: for whoever looks on from outside.
  void suspend_errors(bool suspended);
  // False where that part holds nothing yet.
  bool flip_bit(Part part, uint64_t random);

  uint64_t unsynced() const;
  bool failing() const;      // a write or a read is going to fail
  bool damaged() const;      // a bit was flipped, here or on the disk it is a copy of
  bool lost_record() const;  // a damaged record was taken for a torn one
  bool readable() const;     // reads everything, as a scrub does: it bears its checksums

 private:
  friend class MemoryStore;
  class Faults;
  class Merge;
  class Snapshot;
  class Cursor;
  class KeyCursor;
  class Reader;
  struct Sealed {
    std::string bytes;
    uint32_t sum;  // of the bytes as they were written
  };
  // Log records by position. Replaced by a copy where readers hold the old one, so that they read on.
  struct Log {
    uint64_t first = 1;
    std::deque<Sealed> records;
    uint64_t last() const { return first + records.size() - 1; }
  };

  Result<> writable(uint64_t boot, Operation operation);
  Log& own_log();
  void drop_newest(Log& log);
  void drop_torn();

  mutable std::mutex mutex_;
  std::shared_ptr<Log> log_;
  uint64_t synced_ = 0;
  uint64_t log_bytes_ = 0;
  std::shared_ptr<const Snapshot> rows_;
  std::map<std::string, Sealed, std::less<>> meta_;
  std::shared_ptr<Faults> faults_;
  bool damaged_ = false, lost_record_ = false;
  uint64_t torn_ = 0;  // the position of the record amid which the power went
  uint64_t boot_ = 0;  // counts power losses
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(std::shared_ptr<MemoryDisk> disk);

  Result<> append(Position position, ByteView record) override;
  Result<> sync() override;
  Position last_position() const override;
  Result<std::unique_ptr<LogCursor>> read_log(Position from) override;
  Result<> cut_log(Position before) override;
  uint64_t log_bytes() const override;

  std::shared_ptr<const RowsSnapshot> rows() override;
  Result<std::unique_ptr<RowsMerge>> begin_merge() override;

  Result<std::optional<std::string>> meta_get(ByteView key) override;
  Result<> meta_put(ByteView key, ByteView value) override;

 private:
  const std::shared_ptr<MemoryDisk> disk_;
  const uint64_t boot_;
};

}  // namespace tutti
