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
// Readers see an applied operation at once, in two tables of touched rows in memory. commit() writes the operations
// of one loop turn to the log as one record. A merge later writes a table to the store's rows in one atomic step.
// A row in neither table holds only dots of the clock at which the previous table began. So an operation whose past
// covers that clock replaces the row without reading it (rule 5, "blind").
//
// Threads: one, except Merge::run() and the jobs. Errors: after kIo or kCorrupt, and after a kFull of commit() or of a
// merge, the database takes no writes until the next open (broken() says why); reads go on where the bytes can be
// verified. Operations that were not in the log by then are lost: the clock drops them, and until the next open reads of
// the keys they touched, and lists and counts of all keys, fail.
class Database {
 public:
  struct Options {
    uint64_t table_bytes_max = 512ull << 20;   // both tables; freezes at half. More: fewer, larger merges
    uint64_t read_cache_bytes = 256ull << 20;  // of keys read from disk; less: more reads of the disk
    uint64_t merge_log_bytes = 256ull << 20;  // log since the last freeze; less: shorter replay after a crash
    uint64_t log_bytes_keep = 1ull << 30;     // what cut_log() leaves; more: fewer transfers
    uint64_t log_sample_records = 256;        // records between two samples (log.h); less: more memory
  };

  // Reads the marker and replays the log after it. The caller owns the store, which must outlive this.
  // `key`: the cluster's hash key, for fingerprints and clock hashes.
  static Result<std::unique_ptr<Database>> open(Store& store, const HashKey& key, const Options& options);
  ~Database();

  // --- where we are ---
  const VersionVector& clock() const;  // exactly the operations applied
  const VersionVector& floor() const;  // the log holds exactly clock minus floor
  Hash128 clock_hash() const;          // cached until the next apply
  const HashKey& key() const;
  const std::optional<Error>& broken() const;
  // Who reads a merge's snapshot, or does a job of this database's, reports an error here. kIo and kCorrupt close the
  // database for writes.
  void found(const Error& error);
  // The greatest hlc of any operation applied since open, or recorded in the marker.
  Hlc last_hlc() const;

  // --- writing ---
  // Whether the disk has room for `bytes` more of operations (Store::room()). kFull: they may not be applied. To be asked
  // before apply(): what is applied is shown to readers, and must reach the log.
  Result<> room(uint64_t bytes);
  // REQUIRES no fault (find_fault), op.ready_at(clock()), and the next dot of its actor. Visible at once; in the
  // log with the next commit(). Reads the disk only if a row must be read first.
  Result<> apply(Operation op);
  // Appends the operations applied since the last commit as one record. Returns the position of the log's last
  // record: once it is synced, everything that readers have seen so far is durable.
  Result<Position> commit();
  // The operations of the last commit(), to be pushed; valid until the next apply().
  std::span<const Operation> last_committed() const;
  Store& store();

  // --- reading ---
  // `tier` of all reads: with kMemory a read that would wait for the disk returns kUnavailable; fetch() then brings
  // the bytes into memory.
  // The row's live dots, or an empty row. Valid until the next call.
  Result<const Lives*> read(ByteView row_key, Tier tier = Tier::kAny);
  // The register row of a key that has no other row (most keys); empty: the key is absent; null: the key may have
  // other rows. One lookup. Valid until the next call.
  Result<const Lives*> read_lone_register(ByteView key_prefix, Tier tier = Tier::kAny);
  // Every live row of one key, in order of row key from the suffix `from` on, until the visitor returns false. The
  // visitor must not read or write the database.
  using RowVisitor = std::function<bool(const RowKeyParts& parts, const Lives& row)>;
  Result<> read_key(ByteView key_prefix, const RowVisitor& visit, ByteView from = {}, Tier tier = Tier::kAny);
  // The number of live rows of this kind under a key, expired or not; only for kHashField and kSetMember. Does not
  // walk a large key if the cache or an earlier count has the number (row_census.h).
  Result<uint64_t> count_rows(ByteView key_prefix, RowKind kind, Tier tier = Tier::kAny);
  // Live keys (any live row, expired or not), unescaped, in no order. A scan begins at {} and goes on until `next`
  // is empty. It shows every key that lives throughout the scan at least once, some twice.
  Result<ScanPage> scan_keys(ByteView from, size_t count, ByteView key_beginning = {});
  // The number of keys with a live row. May read the disk for keys that were written blind.
  Result<uint64_t> key_count();

  // A job that brings into memory what a read with Tier::kMemory missed (key_fetch.h), for any thread. REQUIRES that
  // the job has ended, or is never run, before the store is destroyed.
  std::function<void()> fetch(std::vector<std::string> targets, uint64_t bytes_max) const;
  // A job that fills the free room of the read cache, for any thread. REQUIRES !merging(), and that the job has ended,
  // or is never run, before the store is destroyed.
  std::function<Result<>()> warm_cache() const;

  // --- merging: begin on the owner's thread, run anywhere, finish on the owner's thread ---
  using Merge = tutti::Merge;
  bool merge_due() const;  // the current table is large enough, and no merge is under way
  bool merging() const;
  bool nothing_to_merge() const;  // the newest merge is exactly the clock
  // 0 .. 1: how close the tables are to their bound. Writers must be slowed as it nears 1.
  double pressure() const;
  // Of the current table; for checkers.
  uint64_t table_bytes() const;
  // Freezes the table. REQUIRES !merging() and a preceding commit().
  std::unique_ptr<Merge> begin_merge();
  Result<> finish_merge(std::unique_ptr<Merge> merge, Result<> outcome);

  // --- as of the newest merge, exact ---
  using Merged = tutti::Merged;
  std::shared_ptr<const Merged> merged() const;

  // --- serving the log ---
  // The operations that a peer with this clock lacks, up to about `bytes_max`. kRefused: `peer` does not cover the
  // floor.
  Result<LogChunk> read_log(const VersionVector& peer, size_t bytes_max);
  // Cuts the oldest records that are merged and that `every` covers; keeps options.log_bytes_keep, but nothing where the
  // disk has little room left. Makes the floor durable first. Returns a job that deletes files, for any thread; empty: nothing to cut.
  std::function<Result<>()> cut_log(const VersionVector& every);

  // --- transfer (rule 8) ---
  // Joins a source's state, as one log record. `rows`: the rows that differ, in any order. Afterwards the floor
  // covers the source's clock: the log serves only operations that this clock does not cover.
  Result<Position> join(const VersionVector& source_clock, std::span<const StagedRow> rows);

 private:
  class Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tutti
