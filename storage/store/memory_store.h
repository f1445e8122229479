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

// A disk in memory, for tests and the simulator. It outlives the simulated process. One store at a time is open on it;
// after a power loss that store is dead (its writes fail), and a new store finds what was durable.
//
// Loses at a power loss: the log records not synced, from some point on; a merge not committed. The record being
// written may remain in part: the next open finds by its checksum that it is torn, and drops it, as RocksDB drops
// the end of its write-ahead log. Never loses: synced records, committed merges, meta values.
// Is full, when told to: room() says so, or, where it fills suddenly, only a write that fails. Syncs and small writes go
// on: settings and cuts of the log, for which a store keeps a reserve.
// Fails, when told to: every write, until healed; one write, or one read (an I/O error).
// Misses in memory, when told to: reads with Tier::kMemory then return kUnavailable.
// Damages, when told to: one bit of a record, a row or a meta value. A read of it returns kCorrupt, by its checksum.
// A damaged newest log record looks like a torn one: the next open drops it.
class MemoryDisk {
 public:
  enum class Operation : uint8_t { kAppend, kSync, kMerge, kMetaPut, kRead, kCount };
  enum class Part : uint8_t { kLog, kRows, kMeta };

  MemoryDisk();

  // The first `unsynced_survive` unsynced log records survive, and the share `torn` (0 .. 1) of the next one's bytes.
  void power_loss(uint64_t unsynced_survive = 0, double torn = 0);
  // A copy of all, with unsynced records and damage: a backup, a cloned machine.
  std::shared_ptr<MemoryDisk> clone() const;
  // There is no room until heal(), but for what room() has said yes to, which it still does `spared` times. `sudden`:
  // room() does not know before a write has failed. After a failed write the store must be opened anew.
  void fill(bool sudden, uint64_t spared = 0);
  // Every write fails with `error` until heal(); reads go on.
  void fail_writes(Error error);
  // `spared` more operations of this kind succeed, the next one fails with kIo.
  void fail_one(Operation operation, uint64_t spared = 0);
  // Ends all three.
  void heal();
  // Called at each read with Tier::kMemory (a get, a move of a key cursor): true makes the read return kUnavailable.
  // Empty (the default): no read misses. Called on the reader's thread, one call at a time; it may not read from
  // this disk.
  void set_memory_misses(std::function<bool()> misses);
  // While suspended no error comes, and none is used up: for observers outside the simulated node.
  void suspend_errors(bool suspended);
  // False: that part holds nothing yet.
  bool flip_bit(Part part, uint64_t random);

  uint64_t unsynced() const;
  // Where the log begins, and the newest record that has at least `bytes` of log after it; zero: there is none.
  Position log_begin() const;
  Position log_before_last(uint64_t bytes) const;
  bool failing() const;      // a write or a read is going to fail, and not for want of room
  bool damaged() const;      // a bit was flipped, here or on the disk that this is a copy of
  bool lost_record() const;  // a damaged record was dropped as if it were torn
  bool readable() const;     // reads everything, as a scrub does: true if all checksums hold

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
  // Log records by position. A write copies the log if readers hold it, so that they read on.
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
  uint64_t remembered_ = 0;  // synced once
  uint64_t log_bytes_ = 0;
  std::shared_ptr<const Snapshot> rows_;
  std::map<std::string, Sealed, std::less<>> meta_;
  std::shared_ptr<Faults> faults_;
  bool damaged_ = false, lost_record_ = false;
  uint64_t torn_ = 0;     // the position of the record that the power loss tore
  uint64_t boot_ = 0;     // counts power losses
  bool stalled_ = false;  // the open store has met a full disk
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(std::shared_ptr<MemoryDisk> disk);

  Result<> room(uint64_t record_bytes, uint64_t unmerged_bytes) override;
  Result<> resume() override;
  Result<> append(Position position, ByteView record) override;
  Result<> sync() override;
  Position last_position() const override;
  Position remembered_position() const override;
  void accept_loss() override;
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
