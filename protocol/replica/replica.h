#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/commands/command.h"
#include "protocol/membership/member_record.h"
#include "protocol/random.h"
#include "protocol/replica/outputs.h"
#include "protocol/replica/replica_options.h"
#include "protocol/transport.h"
#include "storage/database.h"

namespace tutti {

// One node's protocol: everything between sockets and storage (RULES.md). Sans-I/O and single-threaded; the
// daemon and the simulator drive the very same object:
//
//   any number of handle_*(), commands through execute(), then end_turn(); then poll_output() until empty;
//   then re-arm next_deadline().
//
// A turn is one loop iteration: what it applied is one log record, written by end_turn(). Replies of a turn
// may go when persisted() has reached the position end_turn() returned (Durability::kAlways) or at once
// (kInterval).
//
// It is made of parts (part.h), each of which owns the state of one concern; the replica itself hands messages
// to the parts they concern, and all else that happens to every part in turn.
class Replica {
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
  ~Replica();

  // A part of the host's, after all others and for their metrics: `part` outlives every later call. start() is not called.
  void add_part(Part& part);
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
  // A sync failed: no more writes; told to every door.
  void disk_failed(const Now& now, const Error& error);
  // A job failed (outcome of RunJob).
  void job_failed(const Now& now, const Error& error);
  // The outcome of Resolve: at least one address, or why there is none.
  void resolved(const Now& now, const std::string& endpoint, const Result<std::vector<Address>>& addresses);
  void resume_finished(const Now& now, const Result<>& outcome);

  // Closes the turn: commits what it applied, pushes what was written here. The position replies must wait
  // for. Error: the disk failed, or filled up amid the turn; this replica takes no more writes. After kFull a
  // Reopen follows once there is room.
  Result<Position> end_turn(const Now& now);
  Position persisted_position() const;

  // --- outputs ---
  using RunSync = Outputs::RunSync;
  using RunMerge = Outputs::RunMerge;
  using RunJob = Outputs::RunJob;
  using RunResume = Outputs::RunResume;
  using Reopen = Outputs::Reopen;
  using RunFetch = Outputs::RunFetch;
  using Resolve = Outputs::Resolve;
  using EventKind = Outputs::EventKind;
  using Event = Outputs::Event;
  using Deferral = Outputs::Deferral;
  using Output = Outputs::Output;
  std::optional<Output> poll_output();
  std::optional<Instant> next_deadline() const;

  // A command that set `deferred`: its answer comes as a Deferral with this token, or a RunFetch does.
  void defer(const Now& now, const Deferred& request, uint64_t token);

  // Merges and syncs everything; true once nothing is left to do (SIGTERM's drain; ask again after each
  // turn).
  bool drain(const Now& now);

  // Drops all that this process has learned of a peer, except its member record, and closes its stream.
  // Without a caller until members can be removed: then a removed member must leave every part.
  void forget(const Now& now, const NodeId& id);

  // What commands run against.
  Keys& keys();
  Admin& admin();

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
