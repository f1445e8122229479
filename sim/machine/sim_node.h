#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/machine/machine.h"
#include "sim/machine/sim_process.h"
#include "sim/network/endpoint.h"

namespace tutti::sim {

// One simulated machine, which holds a process while it is up (machine and process apart, as in
// FoundationDB's simulator), and the operator who looks after both. Clients, faults and the network speak to
// it.
class SimNode final : public Endpoint, private SimProcess::Keeper {
 public:
  using Setup = MachineSetup;
  using Counts = Machine::Counts;

  // `surroundings` outlives this.
  SimNode(Setup setup, Surroundings& surroundings);
  ~SimNode() override;

  // --- its process ---
  bool up() const override { return process_ != nullptr; }
  // REQUIRES !up(). Where the disk does not serve, the operator comes (attended()).
  void start();
  void kill();  // the process alone: what was written is there
  // What was not synced is gone, except for some beginning of it.
  void power_loss(SeededRandom& random);
  void stop();  // SIGTERM: drains, then ends
  // Ends the process and puts another disk in: an old copy of this one, or null for an empty one.
  void restore(std::shared_ptr<MemoryDisk> disk);
  std::shared_ptr<MemoryDisk> copy_of_disk() const { return machine_.disk->clone(); }
  // REQUIRES up(). Begins to merge and sync everything; settled() says when it is done.
  void settle() { process_->settle(); }
  bool settled() const { return process_ && process_->settled(); }
  // One loop turn: `work` may call the replica. Nothing happens while the node is down.
  void turn(const char* kind, ByteView bytes, const std::function<void(const Now&)>& work);

  // --- which node it runs (sim_node_tenancy.cc) ---
  bool spare() const { return tenant_ == Tenant::kNobody; }
  bool member() const { return tenant_ == Tenant::kMember; }
  // Counts changes of the tenant. What was taken from one tenant is not given to another.
  uint64_t tenancy() const { return tenancy_; }
  // REQUIRES spare(). Starts a new node, which knows only `seeds`.
  void join(MemberList seeds);
  // REQUIRES spare(). Starts with the identity of `original` on a copy of its disk, at this machine's
  // address, until end_copy(), which erases the disk: what only the copy held is not promised.
  void begin_as_copy_of(SimNode& original);
  void end_copy();
  bool copied() const { return machine_.copied; }  // there is or was a second process of this identity
  const MemberRecord& record() const { return machine_.setup.replica.self; }
  bool shakes_hands() const { return machine_.setup.noise.has_value(); }  // its cluster has a cipher

  // --- what faults may do to its disk (sim_node_disk.cc) ---
  void slow_sync(double factor) { machine_.sync_factor = factor; }
  // `sudden`: the node learns of it by a write that fails.
  void fill_disk(bool sudden, SeededRandom& random);
  void make_room() { machine_.disk->heal(); }
  // One of the next operations of this kind fails.
  void fail_one(MemoryDisk::Operation operation, SeededRandom& random);
  // Flips one bit anywhere on the disk; nothing where it is empty.
  void flip_bit(SeededRandom& random);
  // The operator looks at the disk of a machine that has had trouble and puts it right.
  void scrub();
  // The operator is on the way.
  bool attended() const { return attended_; }

  // --- what else faults may change ---
  void shift_wall(std::chrono::milliseconds by) { machine_.clock.shift_wall(by); }
  void drift(int64_t ppm);
  // SIGSTOP and SIGCONT of the process.
  void pause();
  void resume();
  // Each event takes the process `each`; 0: no time, as usual.
  void slow_down(Duration each) { machine_.inbox.slow_down(each); }

  // --- from the network (sim_node_endpoint.cc) ---
  bool takes_streams() const override { return machine_.inbox.takes_streams(); }
  void datagram(const Address& from, ByteView bytes) override;
  StreamId accept() override;
  void stream_opened(StreamId stream, const Address& peer) override;
  void stream_bytes(StreamId stream, ByteView bytes) override;
  void stream_drained(StreamId stream, size_t bytes) override;
  void stream_closed(StreamId stream) override;

  // --- for checkers; the first four REQUIRE up() ---
  void check_all() { process_->check_all(); }
  bool log_is_cut() const { return process_->log_is_cut(); }
  Replica& replica() { return process_->replica(); }
  Database& database() { return process_->database(); }
  std::vector<MemberView> members() const { return process_->replica().admin().members(machine_.now()); }
  // REQUIRES up(): the time that it goes by.
  uint64_t wall_ms() const { return process_->replica().keys().wall_ms(machine_.now()); }
  // REQUIRES up(): its disk serves it, and nobody has tampered with it.
  bool sound() const {
    return !machine_.disk_trouble() && !process_->database().broken() &&
           process_->replica().admin().health().state == Health::State::kWell;
  }
  Observer& observer() { return machine_.observer; }
  const std::string& name() const { return machine_.name; }
  size_t index() const { return machine_.setup.index; }
  const NodeId& id() const { return record().id; }
  const Counts& counts() const { return machine_.counts; }

 private:
  enum class Tenant : uint8_t { kNobody, kMember, kCopy };
  struct Identity {
    MemberRecord self;
    std::optional<NoiseOptions> noise;
  };

  void end(bool process_alone);

  // The operator's part: an ended process is started again; a damaged disk is replaced by an empty one first.
  // The run fails where nobody has tampered with the disk.
  void disk_failed(const Error& error, const char* what) override;
  void drained() override { kill(); }
  void reopen() override;
  void put_right(ErrorCode code, const std::shared_ptr<MemoryDisk>& bad);

  Machine machine_;
  std::unique_ptr<SimProcess> process_;  // null: down
  Tenant tenant_;
  uint64_t tenancy_ = 0;
  Identity own_;  // while a copy runs here
  SeededRandom operator_random_;
  bool attended_ = false;
};

}  // namespace tutti::sim
