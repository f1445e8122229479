#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/log/log_reader.h"
#include "storage/model/fingerprint.h"
#include "storage/model/operation.h"
#include "storage/model/row.h"
#include "storage/model/row_key.h"
#include "storage/store/store.h"
#include "storage/table/key_scan.h"
#include "storage/table/merged.h"

namespace tutti {

// The state of one node: clock, rows and log over a Store, log-first (rules 4 to 8).
//
// An applied operation shows in the rows at once, from two tables of touched rows in memory; the log gets the
// operations of one loop turn as one record at commit(); the tables reach the store's rows later, in one
// atomic merge. A row in neither table holds only dots of the clock at the start of the previous table, so an
// operation whose past covers that clock replaces them all unread (rule 5, "blind").
//
// Threads: one, but for Merge::run(). Errors: kIo and kCorrupt close the database for writes for good
// (broken() says why); reads of what can be verified go on. Operations that had not reached the log by then
// never will: the clock forgets them, and the keys that they touched are not read any more (nor all keys
// listed or counted) until the next open.
class Database {
 public:
  struct Options {
    uint64_t table_bytes_max = 512ull << 20;   // both tables; freezes at half. More: fewer, larger merges
    uint64_t read_cache_bytes = 256ull << 20;  // of keys read from disk; less: more reads of the disk
    uint64_t merge_log_bytes = 256ull << 20;   // freeze after so much log: bounds replay after a crash
    uint64_t log_bytes_keep = 1ull << 30;      // what cut_log() leaves; more: fewer transfers
    uint64_t log_sample_records = 256;  // the log is read and cut at every so many; less: finer, more memory
  };

  // Reads the marker, replays the log behind it. The store stays the caller's and must outlive this.
  // `key`: the cluster's hash key, of fingerprints and clock hashes.
  static Result<std::unique_ptr<Database>> open(Store& store, const HashKey& key, const Options& options);
  ~Database();

  // --- where we are ---
  const VersionVector& clock() const;  // exactly the operations applied
  const VersionVector& floor() const;  // the log holds exactly clock minus floor
  Hash128 clock_hash() const;          // cached until the next apply
  const HashKey& key() const;
  const std::optional<Error>& broken() const;
  // Whoever reads a snapshot of a merge tells what it came upon: kIo and kCorrupt are as if we had.
  void found(const Error& error);
  // The greatest hlc of any operation applied since open, or recorded in the marker.
  Hlc last_hlc() const;

  // --- writing ---
  // REQUIRES no fault, op.ready_at(clock()), and a dot that is the next of its actor. Visible at once; in the
  // log with the next commit(). Reads the disk only where a row must be read first.
  Result<> apply(Operation op);
  // Appends what was applied since the last commit as one record. The position of the last record in the log:
  // what must be synced for everything shown so far to be durable.
  Result<Position> commit();
  // The operations of the last commit(), for pushing them on; valid until the next apply().
  std::span<const Operation> last_committed() const;
  Store& store();

  // --- reading ---
  // The row's live dots, or an empty row. Valid until the next call.
  // `tier` of all reads: with kMemory they say kUnavailable rather than wait for the disk, and fetch() helps.
  Result<const Lives*> read(ByteView row_key, Tier tier = Tier::kAny);
  // The register row of a key that has no other row, empty where the key is absent: what most keys are, at the price
  // of a look. Null where it may have others. Valid until the next call.
  Result<const Lives*> read_lone_register(ByteView key_prefix, Tier tier = Tier::kAny);
  // Every live row of one key, in order of row key from the suffix `from` on, until the visitor says false. No
  // writing or other reading within.
  using RowVisitor = std::function<bool(const RowKeyParts& parts, const Lives& row)>;
  Result<> read_key(ByteView key_prefix, const RowVisitor& visit, ByteView from = {}, Tier tier = Tier::kAny);
  // Live rows of this kind under a key, expired or not; of kHashField and kSetMember alone. Does not walk a large
  // key where the cache or an earlier count knows it (row_census.h).
  Result<uint64_t> count_rows(ByteView key_prefix, RowKind kind, Tier tier = Tier::kAny);
  // Live keys (any live row, expired or not), by their unescaped names, in no order. Every key that lives
  // throughout a scan begun at {} and continued until `next` is empty is seen at least once; some may be seen
  // twice.
  Result<ScanPage> scan_keys(ByteView from, size_t count, ByteView key_beginning = {});
  // Keys with a live row. Settles blind writes by reading the disk where it must.
  Result<uint64_t> key_count();

  // A job that brings into memory what kUnavailable kept from being read: key prefixes, and row keys or beginnings of
  // such; of each what follows it in its key, up to `bytes_max`. For any thread. REQUIRES that it is over, or was never
  // run, before the store goes.
  std::function<void()> fetch(std::vector<std::string> targets, uint64_t bytes_max) const;
  // A job that fills the room left in the read cache, for any thread. REQUIRES !merging(), and that it is over, or
  // was never run, before the store goes.
  std::function<Result<>()> warm_cache() const;

  // --- merging: begin on the owner's thread, run anywhere, finish on the owner's thread ---
  using Merge = tutti::Merge;
  bool merge_due() const;  // enough was touched, and no merge is under way
  bool merging() const;
  bool nothing_to_merge() const;  // the newest merge is exactly the clock
  // Near the bound writers must be slowed: 0 far from it .. 1 at it.
  double pressure() const;
  // Of the table that fills; for checkers.
  uint64_t table_bytes() const;
  // Freezes the table. REQUIRES !merging() and a preceding commit().
  std::unique_ptr<Merge> begin_merge();
  Result<> finish_merge(std::unique_ptr<Merge> merge, Result<> outcome);

  // --- as of the newest merge, exact ---
  using Merged = tutti::Merged;
  std::shared_ptr<const Merged> merged() const;

  // --- serving the log ---
  // What a peer with this clock lacks, up to about so many bytes. kRefused where `peer` does not cover the
  // floor.
  Result<LogChunk> read_log(const VersionVector& peer, size_t bytes_max);
  // Gives up the oldest log beyond options.log_bytes_keep that is merged and that `every` covers, with the
  // floor made durable first. What it returns is to be run on any thread (it deletes files); empty: nothing
  // to cut.
  std::function<Result<>()> cut_log(const VersionVector& every);

  // --- transfer (rule 8) ---
  // Joins a source's state, in one log record, applied like an operation. `rows` are those that differ, any
  // order. The log keeps what the source's clock does not cover; floor takes in that clock.
  Result<Position> join(const VersionVector& source_clock, std::span<const StagedRow> rows);

 private:
  class Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tutti
