#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "storage/persistent_rows.h"
#include "storage/store.h"

namespace tutti {

// A disk in memory, for tests and the simulator: what outlives the process on it. One store at a time is open
// on it; after a power loss the open one is dead (its writes fail), and a new one finds what was durable.
//
// Loses, with the power: log records not synced, from some point on; a merge not committed. Never: synced
// records, committed merges, meta values. Fails, when told to: every write, until healed.
class MemoryDisk {
 public:
  MemoryDisk();

  // Of the log records not synced, that many survive, the rest is gone (a torn one counts as gone).
  void power_loss(uint64_t unsynced_survive = 0);
  // A copy as it stands, unsynced records too: a backup, a cloned machine.
  std::shared_ptr<MemoryDisk> clone() const;
  // Every write fails with it, until healed; what was on the disk stays readable.
  void fail_writes(Error error);
  void heal();

  uint64_t unsynced() const;

 private:
  friend class MemoryStore;
  class Merge;
  class Snapshot;
  class Cursor;
  class Reader;
  // Log records by position. Replaced by a copy where readers hold the old one, so that they read on.
  struct Log {
    uint64_t first = 1;
    std::deque<std::string> records;
    uint64_t last() const { return first + records.size() - 1; }
  };

  Result<> writable(uint64_t boot) const;
  Log& own_log();

  mutable std::mutex mutex_;
  std::shared_ptr<Log> log_;
  uint64_t synced_ = 0;
  uint64_t log_bytes_ = 0;
  std::shared_ptr<const Snapshot> rows_;
  std::map<std::string, std::string, std::less<>> meta_;
  std::optional<Error> fault_;
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
