#pragma once

#include <functional>
#include <span>

#include "storage/log/log_index.h"
#include "storage/log/log_reader.h"
#include "storage/log/log_record.h"
#include "storage/log/marker.h"
#include "storage/store/store.h"

namespace tutti {

// This node's log: records in ascending positions without gaps. It holds exactly the node's clock minus the floor
// (rule 7). write() and written() add a record at the end; cut() removes records at the beginning.
//
// Errors are the store's, or kCorrupt that names the damaged record. The caller decides whether to stop writing.
// Threads: one, except for the job that cut() returns.
class Log {
 public:
  // The caller owns `store`. Reads and cuts begin at samples, at least one for every `sample_records` records.
  Log(Store& store, uint64_t sample_records) : store_(store), sample_records_(sample_records) {}

  // --- opening: open(), then replay() the records that are not in the rows yet ---
  // As of `marker`, with the floor from the store.
  Result<> open(Marker marker);
  // Calls `redo` for every record after `merged`, in order; `redo` must call written(). kCorrupt: one is missing.
  using Redo = std::function<Result<>(Position position, ByteView record)>;
  Result<> replay(Position merged, const Redo& redo);

  // --- growing ---
  // Appends one record. After an error nothing was written.
  Result<> write(ByteView record) { return store_.append(next(), record); }
  // Says that the record of `bytes` bytes at next() is in the log, and that `clock` is the clock after it. `joined`:
  // the source's clock if the record is a join, which the floor then covers; else null.
  void written(size_t bytes, const VersionVector& clock, const VersionVector* joined);

  Position last() const { return last_; }
  Position next() const { return {last_.value + 1}; }
  uint64_t bytes() const { return index_.log_bytes(); }  // of all records ever written
  const VersionVector& floor() const { return floor_; }

  // The log's part of a marker for a merge up to now, for open(); the caller fills in the rest.
  Marker marker() const;

  // --- serving ---
  // The operations that `peer` lacks: at least one, up to about `bytes_max`. kRefused: `peer` does not cover the
  // floor.
  Result<LogChunk> read(const VersionVector& peer, size_t bytes_max);

  // --- cutting ---
  // Cuts the oldest records. It keeps the last `keep` bytes, the records after `merged`, and the records that
  // `every` does not cover. On return the new floor is durable. Returns a job that deletes files, for any thread;
  // empty: nothing to cut. The first call after open() repeats the cut before: its job may not have run.
  Result<std::function<Result<>()>> cut(Position merged, uint64_t keep, const VersionVector& every);

 private:
  Store& store_;
  const uint64_t sample_records_;
  VersionVector floor_;
  VersionVector joined_;  // the source clocks of all joins, also of those cut from the log
  LogIndex index_;
  Position last_;
  // The floor is durable, but the process may have ended before its records were gone.
  bool finish_cut_ = false;
};

}  // namespace tutti
