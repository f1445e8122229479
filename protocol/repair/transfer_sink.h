#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/messages/messenger.h"
#include "storage/database.h"

namespace tutti {

// Receives a transfer (rule 8). It learns the source's pinned clock, pins its own rows, walks both sets page by page,
// stages the source's state of every row that differs, and is then ready to join. Nothing changes before the join.
//
// While a transfer is active it holds all staged rows, since one join takes them all. After a failed try the staged
// rows stay as a cache for the next try, up to cache_bytes_max; the rows last in order are dropped, since the next
// try comes to them last.
//
// The differing rows are found by streaming all fingerprints in row order. A set sketch could replace the pages
// behind the same calls.
class TransferSink {
 public:
  struct Options {
    Duration timeout;     // without progress
    size_t rows_per_ask;  // at least 1
    size_t cache_bytes_max;
  };
  TransferSink(Options options, Database& database, Messenger& messenger)
      : options_(options), database_(database), messenger_(messenger) {}

  // REQUIRES !active().
  void begin(const Now& now, const NodeId& source);
  bool active() const { return step_ != Step::kIdle; }
  const NodeId& source() const { return source_; }

  // Each returns false if the transfer ended without a join.
  // After TransferPinnedMessage, wants_merge(): from then on the caller drops operations that clock() covers (the
  // transfer brings them), merges everything applied so far, and calls merged().
  bool handle(const Now& now, const NodeId& peer, const TransferPinnedMessage& message);
  bool handle(const Now& now, const NodeId& peer, const TransferPageMessage& message);
  bool handle(const Now& now, const NodeId& peer, const TransferRowsMessage& message);
  bool handle(const Now& now, const NodeId& peer, const TransferEndMessage& message);
  bool wants_merge() const { return step_ == Step::kPinning; }
  void merged(const Now& now);

  // All is staged: the caller joins clock() and take_rows(), then calls end().
  bool ready() const { return step_ == Step::kReady; }
  const VersionVector& clock() const { return clock_; }
  std::vector<StagedRow> take_rows();
  // Ends the transfer, joined or given up, and tells the source.
  void end(const Now& now);

  bool timed_out(const Now& now) const { return active() && now.mono >= deadline_; }
  std::optional<Instant> next_deadline() const { return active() ? std::optional(deadline_) : std::nullopt; }

  // Of the rows kept from earlier tries and, while active, of those staged by this one.
  size_t cache_bytes() const { return cache_bytes_; }

  uint64_t rows_compared() const { return compared_; }
  // Of our rows as they were pinned: how many there were, and how many of them the join deletes. Rows that hold a dot the
  // source has not seen, or have expired, do not count.
  uint64_t rows_before() const { return pinned_ ? pinned_->rows : 0; }
  uint64_t rows_deleted() const { return deleted_; }

 private:
  enum class Step : uint8_t { kIdle, kAsked, kPinning, kPage, kRows, kReady };
  struct Cached {
    Hash128 fingerprint;
    std::string row_bytes;
  };
  void keep(const std::string& row_key, Cached row);
  void trim_cache();
  bool mine(const NodeId& peer, uint64_t id) const { return active() && peer == source_ && id == id_; }
  void progress(const Now& now) { deadline_ = now.mono + options_.timeout; }
  void ask_page(const Now& now);
  void ask_rows(const Now& now);
  bool compare(const Now& now, const TransferPageMessage& page);
  // Our row under the cursor: the source has none.
  bool missing_there(const Now& now);
  bool went(const Result<>& moved);

  Options options_;
  Database& database_;
  Messenger& messenger_;
  Step step_ = Step::kIdle;
  NodeId source_;
  uint64_t id_ = 0;
  Instant deadline_{};
  VersionVector clock_;
  VersionVector pin_after_;  // our own pinned rows must cover it
  std::shared_ptr<const Database::Merged> pinned_;
  std::unique_ptr<RowCursor> cursor_;
  std::string next_page_;
  std::vector<RowDigest> wanted_;                        // rows of this page still to be asked for, in order
  std::vector<std::string> absent_;                      // rows of ours that the source lacks
  std::vector<std::pair<std::string, Hash128>> staged_;  // found in cache_
  std::map<std::string, Cached> cache_;                  // by row key
  size_t cache_bytes_ = 0;
  uint64_t compared_ = 0, deleted_ = 0;
};

}  // namespace tutti
