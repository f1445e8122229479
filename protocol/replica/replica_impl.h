#pragma once

#include <deque>
#include <map>
#include <set>

#include "protocol/delivery/broadcast.h"
#include "protocol/delivery/causal_buffer.h"
#include "protocol/membership/membership.h"
#include "protocol/membership/neighbours.h"
#include "protocol/repair/anti_entropy.h"
#include "protocol/repair/transfer_sink.h"
#include "protocol/repair/transfer_source.h"
#include "protocol/repair/verification.h"
#include "protocol/replica/expirer.h"
#include "protocol/replica/replica.h"

namespace tutti {

// Under which the store keeps the member list, between start() and save_members().
constexpr ByteView kMetaMembers = "members";

// What Replica is made of; only replica*.cc see this. replica.cc: turns and outputs; replica_receive.cc: what
// peers say; replica_members.cc: who is there and whom to talk to; replica_write.cc: what is written here;
// replica_host.cc: what commands ask.
class Replica::Impl {
 public:
  Impl(ReplicaOptions o, Database& d, Transport& t, const MemberTrust& tr, Random& r, Authority a);

  // --- replica.cc ---
  Result<> start(const Now& now);
  void tick(const Now& now);  // the periodic part of handle_timeout
  void pump(const Now& now);  // takes what the transport has for us
  Result<Position> end_turn(const Now& now);
  void fail(const Error& error);  // the disk: no more writes
  void event(EventKind kind, const NodeId& peer, std::string text) {
    outputs.push_back(Event{kind, peer, std::move(text)});
  }
  // What a peer can make us say again and again is said once in a while.
  void seldom_event(const Now& now, EventKind kind, const NodeId& peer, std::string text);
  std::optional<Instant> next_deadline() const;
  void merge_if_wanted(const Now& now);
  void merged(const Now& now);
  void want_sync();
  void push_turn(const Now& now);

  // --- replica_receive.cc ---
  void receive(const Now& now, const Transport::Received& received);
  void dispatch(const Now& now, const NodeId& from, Transport::Channel channel, Message& message);
  void handle_batch(const Now& now, const NodeId& from, ByteView batch, PastTable& pasts, bool pushed);
  void stream_up(const Now& now, const NodeId& peer);
  void stream_down(const Now& now, const NodeId& peer);
  Hash128 merged_clock_hash();
  void transfer_step(const Now& now, bool going_on);
  void join_transfer(const Now& now);

  // --- replica_members.cc ---
  Result<> begin_members(const Now& now);
  void heard(const Now& now, const NodeId& from);
  void check_unreachable(const Now& now);
  // Tells the transport where the member listens, before the first message to it.
  void acquaint(const Now& now, const NodeId& id);
  void acquaint_all(const Now& now);
  void try_elsewhere(const Now& now, const NodeId& id);
  void introduce(const Now& now, const MemberRecord& record);
  void update_neighbours(const Now& now);
  void probe(const Now& now);
  NodeId next_probe_of_many();
  void probe(const Now& now, const NodeId& id);
  ProbeMessage probe_message(uint64_t sequence, bool answer);
  void handle_probe(const Now& now, const NodeId& from, const ProbeMessage& message);
  void compare_members(const Now& now, const NodeId& from, const Hash128& members_hash);
  void tell_members(const Now& now, const NodeId& to);
  void spread(const Now& now, const NodeId& from, std::vector<MemberRecord> news);
  void handle_members(const Now& now, const NodeId& from, const std::vector<MemberRecord>& records);
  bool adopt_member(const Now& now, const MemberRecord& record);
  void tell_joined(const MemberRecord& record);
  // The peer has everything committed here, or is about to.
  void resume_pushes(const NodeId& to);
  void save_members();

  // --- replica_write.cc ---
  Result<Dot> write(const Now& now, std::vector<Edit> edits);
  Result<> take_actor();
  bool apply(Operation operation);  // false: the disk failed
  // `relay`: as it came by a push, it is pushed on.
  void apply_remote(const Now& now, Operation operation, bool relay);
  void expire(const Now& now);

  ReplicaOptions options;
  Database& database;
  Random& random;
  const MemberTrust& trust;
  Authority authority;
  Messenger messenger;
  Membership membership;
  Neighbours neighbours;
  CausalBuffer waiting;
  AntiEntropy anti_entropy;
  Broadcast broadcast;
  TransferSource transfer_source;
  TransferSink transfer_sink;
  Expirer expirer;
  Verification verification;
  HybridClock hlc;

  std::optional<ActorId> actor;
  std::shared_ptr<const VersionVector>
      run_past;  // of operations minted since the last remote one; null: make anew
  size_t minted_in_turn = 0;
  std::vector<Dot> relayed_in_turn;      // pushed here for the first time, in the order applied
  std::optional<NodeId> pushed_in_turn;  // by whom, the last of them
  bool pushed_by_several = false;
  bool applied_in_turn = false;

  Instant started{};
  Instant last_turn{};
  Instant next_probe{};
  Instant next_tick{};
  Instant next_sync{};
  Instant last_applied{};
  uint64_t probe_sequence = 0;
  std::map<NodeId, Address> tried_at;  // of unreachable members with two addresses
  uint64_t probe_turn = 0;

  Position committed{};
  Position persisted{};
  bool sync_out = false;
  bool merge_wanted = false;
  std::optional<Error> failed;

  uint64_t received_operations = 0, duplicate_operations = 0, dropped_operations = 0, bad_messages = 0;
  std::set<NodeId> unequal_told;
  std::map<NodeId, Instant> members_unlike_since;  // neighbours whose list is not ours
  Instant members_told{};                          // the last whole list
  bool members_unsaved = false;
  std::map<EventKind, Instant> last_told;

  std::shared_ptr<const Database::Merged> hashed_merged;  // whose clock merged_clock_ is of
  Hash128 hashed_clock;

  std::deque<Output> outputs;
};

}  // namespace tutti
