#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/commands/admin.h"
#include "protocol/commands/command.h"
#include "protocol/commands/keys.h"
#include "protocol/membership/member_list.h"
#include "protocol/random.h"
#include "protocol/transport.h"
#include "storage/database.h"
#include "storage/model/hlc.h"

namespace tutti {

struct ReplicaOptions {
  MemberRecord self;       // signature may be empty: start() signs
  std::string cluster_id;  // hex, for eyes
  MemberList seeds;        // members known from the join or the configuration: the caller keeps them
  Durability durability = Durability::kAlways;
  bool writes = true;                                      // false: an observer
  Duration probe_period = std::chrono::milliseconds(200);  // > round trip; halving it doubles idle traffic
  size_t probes_per_period = 3;                            // members probed in each, in a small cluster
  // Probes unanswered for so long: unreachable; only routing heeds it.
  Duration unreachable_after = std::chrono::milliseconds(2000);
  // Up to so many others, a stream to each and every write pushed to all; in a larger cluster a stream to
  // some neighbours, and writes go on from neighbour to neighbour. More: faster by a hop, and dearer by the
  // square.
  size_t mesh_members_max = 64;
  size_t neighbours_wanted = 6;  // then; half as many again are had, as others want too. Fewer: more hops
  Duration clock_grace =
      std::chrono::milliseconds(150);               // how long pushes may take before a clock is pulled after
  Duration pull_timeout = std::chrono::seconds(3);  // without an answer: another peer is asked
  Duration transfer_timeout = std::chrono::seconds(15);  // without progress: given up
  Duration sync_interval = std::chrono::seconds(1);      // Durability::kInterval
  size_t push_backlog_bytes_max = 16u << 20;  // to a peer; beyond it pushes stop until it has pulled
  size_t pull_chunk_bytes = 512u << 10;       // of operations in one answer
  size_t transfer_page_bytes = 128u << 10;    // of row keys and fingerprints in one answer
  size_t transfer_rows_bytes = 1u << 20;      // of rows in one answer
  size_t transfer_rows_per_ask = 4096;
  size_t transfer_cache_bytes_max = 256u << 20;  // of rows that a transfer given up leaves to the next try
  uint64_t log_bytes_hard_max = 10ull << 30;     // beyond it the log is cut whoever lacks it
  size_t waiting_operations_max = 64u << 10;     // in the causal buffer; beyond it the newest is dropped
  size_t waiting_bytes_max = 64u << 20;
};

// One node's protocol: everything between sockets and storage (RULES.md). Sans-I/O and
// single-threaded; the daemon and the simulator drive the very same object:
//
//   any number of handle_*(), commands through execute(), then end_turn(); then poll_output() until empty;
//   then re-arm next_deadline().
//
// A turn is one loop iteration: what it applied is one log record, written by end_turn(). Replies of a turn
// may go when persisted() has reached the position end_turn() returned (Durability::kAlways) or at once
// (kInterval).
class Replica final : public Keys, public Admin {
 public:
  // `trust` verifies members; `admit` signs newcomers in where this node holds the cluster key, and may be
  // empty: given a join request's bytes it returns the answer's bytes, and never fails (a refusal is an
  // answer). `invite` makes tokens, and may be empty. All references outlive the replica.
  struct Authority {
    std::function<std::string(const Now&, ByteView request, std::vector<MemberRecord> members)> admit;
    std::function<Result<std::string>(const Now&, uint64_t ttl_ms, ByteView role)> invite;
  };
  Replica(ReplicaOptions options, Database& database, Transport& transport, const MemberTrust& trust,
          Random& random, Authority authority);
  ~Replica() override;

  // Once, first. Loads known members from the store and begins to talk to them.
  Result<> start(const Now& now);

  // --- inputs; `now.mono` never goes back ---
  void handle_datagram(const Now& now, const Address& from, ByteView bytes);
  void handle_stream_opened(const Now& now, StreamId stream, const Address& peer);
  void handle_stream(const Now& now, StreamId stream, ByteView bytes);
  void handle_stream_closed(const Now& now, StreamId stream);
  void handle_stream_drained(const Now& now, StreamId stream, size_t bytes);
  void handle_timeout(const Now& now);
  // The store is synced up to here (outcome of RunSync).
  void persisted(const Now& now, Position position);
  void merge_finished(const Now& now, std::unique_ptr<Database::Merge> merge, Result<> outcome);
  // A disk that failed: no more writes; told to every door.
  void disk_failed(const Now& now, Error error);

  // Closes the turn: commits what it applied, pushes what was written here. The position replies must wait
  // for. Error: the disk failed; the node takes no more writes.
  Result<Position> end_turn(const Now& now);
  Position persisted_position() const;

  // --- outputs ---
  struct RunSync {  // off the loop: store.sync(); then persisted(position). At most one is out at a time.
    Position position;
  };
  struct RunMerge {  // off the loop: merge->run(); then merge_finished()
    std::unique_ptr<Database::Merge> merge;
  };
  struct RunJob {  // off the loop; the result matters only where it is an error: disk_failed()
    std::function<Result<>()> job;
  };
  enum class EventKind : uint8_t {
    kMemberJoined,
    kMemberUnreachable,
    kMemberBack,
    kTransferBegun,
    kTransferDone,
    kTransferGivenUp,
    kClockAhead,          // a remote hlc was too far ahead to follow
    kClone,               // somebody else writes as our actor: a new one is taken
    kFingerprintUnequal,  // equal clocks, unequal fingerprints: data is damaged somewhere
    kBadMessage,          // an authenticated peer sent what cannot be read; dropped
    kDiskFailed,
  };
  struct Event {  // for the log
    EventKind kind;
    NodeId peer;
    std::string text;  // a sentence
  };
  struct Deferral {  // the answer to defer()
    uint64_t token;
    std::variant<FingerprintAnswer, VerifyAnswer, Error> answer;
  };
  using Output = std::variant<Transport::SendDatagram, Transport::OpenStream, Transport::SendStream,
                              Transport::CloseStream, RunSync, RunMerge, RunJob, Event, Deferral>;
  std::optional<Output> poll_output();
  std::optional<Instant> next_deadline() const;

  // A command that set `deferred`: its answer comes as a Deferral with this token.
  void defer(const Now& now, const Deferred& request, uint64_t token);

  // Merges and syncs everything; true once nothing is left to do (SIGTERM's drain; ask again after each
  // turn).
  bool drain(const Now& now);

  // --- Keys ---
  Database& database() override;
  Result<Dot> write(const Now& now, std::vector<Edit> edits) override;
  std::optional<ActorId> actor() const override;

  // --- Admin ---
  NodeId self() const override;
  std::string cluster_id() const override;
  std::vector<MemberView> members(const Now& now) const override;
  Durability durability() const override;
  void set_durability(Durability durability) override;
  Instant started() const override;
  Result<std::string> invite(const Now& now, uint64_t ttl_ms, ByteView role) override;
  std::string info(const Now& now, ByteView section) const override;

  // --- for checkers ---
  size_t waiting_operations() const;
  size_t waiting_bytes() const;
  size_t transfer_cache_bytes() const;  // while transferring(): what is staged too
  bool transferring() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tutti
