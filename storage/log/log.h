#pragma once

#include <functional>
#include <span>

#include "storage/log/log_index.h"
#include "storage/log/log_reader.h"
#include "storage/log/log_record.h"
#include "storage/log/marker.h"
#include "storage/store/store.h"

namespace tutti {

// This node's log: records in ascending positions without gaps, and what is known of them. It holds exactly
// the node's clock minus the floor (rule 7). It grows at one end by write() and written(), and is given up at
// the other by cut().
//
// Errors are the store's, or kCorrupt with the record that is damaged; the caller decides what they close.
// Threads: one, but for what cut() returns.
class Log {
 public:
  // `store` stays the caller's. The log is read and cut at samples, one at least every `sample_records`.
  Log(Store& store, uint64_t sample_records) : store_(store), sample_records_(sample_records) {}

  // --- opening: open(), then replay() what the rows do not hold yet ---
  // As of `marker`, with the floor from the store.
  Result<> open(Marker marker);
  // Every record behind `merged`, in order. `redo` ends each with written(). kCorrupt where one is missing.
  using Redo = std::function<Result<>(Position position, ByteView record)>;
  Result<> replay(Position merged, const Redo& redo);

  // --- growing ---
  // Appends one record behind the last. An error has written nothing.
  Result<> write(ByteView record) { return store_.append(next(), record); }
  // The record of `bytes` at next() is in the log, and `clock` is the clock after it. `joined`: it was a
  // transfer's, with the source's clock, which the floor takes in; else null.
  void written(size_t bytes, const VersionVector& clock, const VersionVector* joined);

  Position last() const { return last_; }
  Position next() const { return {last_.value + 1}; }
  uint64_t bytes() const { return index_.log_bytes(); }  // of all records ever written
  const VersionVector& floor() const { return floor_; }

  // What a merge up to now must remember of the log, for open(): the rest of the marker is the caller's.
  Marker marker() const;

  // --- serving ---
  // What `peer` lacks, up to about `bytes_max` and at least one operation. kRefused where `peer` does not
  // cover the floor.
  Result<LogChunk> read(const VersionVector& peer, size_t bytes_max);

  // --- cutting ---
  // Gives up the oldest records, but for the last `keep` bytes, what is not `merged`, and what `every` does
  // not cover. The new floor is durable on return. What it returns deletes files: to be run on any thread;
  // empty: there is nothing to cut.
  Result<std::function<Result<>()>> cut(Position merged, uint64_t keep, const VersionVector& every);

 private:
  Store& store_;
  const uint64_t sample_records_;
  VersionVector floor_;
  VersionVector joined_;  // what transfers brought, by records still in the log or cut from it
  LogIndex index_;
  Position last_;
};

}  // namespace tutti
