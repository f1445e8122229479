#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "protocol/replica/replica.h"
#include "protocol/session/noise_transport.h"
#include "sim/checkers/deliveries.h"
#include "sim/checkers/merged_states.h"
#include "sim/checkers/observer.h"
#include "sim/kernel/event_queue.h"
#include "sim/machine/inbox.h"
#include "sim/machine/node_clock.h"
#include "sim/network/endpoint.h"
#include "sim/network/network.h"
#include "sim/watch/recorder.h"
#include "sim/watch/trace.h"
#include "storage/store/memory_store.h"

namespace tutti::sim {

// What every node of a run shares.
struct Surroundings {
  EventQueue& queue;
  Network& network;
  Trace& trace;
  Verdict& verdict;
  History& history;
  MergedStates& merged_states;
  Recorder& recorder;
  Deliveries& deliveries;
};

// One simulated machine: a disk that outlives its process, and, while it is up, the daemon's very objects:
// Database, Transport, Replica. What the daemon's loop does with sockets and threads is done here on virtual
// time.
class SimNode final : public Endpoint {
 public:
  struct Setup {
    size_t index = 0;
    uint64_t seed = 0;
    ReplicaOptions replica;
    Database::Options database;
    HashKey key{};
    std::optional<NoiseOptions> noise;         // else NullTransport
    Duration mono_start{0};                    // where its monotonic clock begins
    std::chrono::milliseconds wall_offset{0};  // from true time
    Duration sync_min{0}, sync_max{0}, merge_min{0}, merge_max{0};
    double row_checks = 1;
    bool spare = false;  // a machine that no node runs on yet
  };
  struct Counts {
    uint64_t turns = 0, starts = 0, merges = 0, syncs = 0, transfers = 0, transfers_given_up = 0;
    uint64_t bytes_sent = 0;  // given to the kernel: datagrams and stream bytes
  };

  SimNode(Setup setup, Surroundings& surroundings);
  ~SimNode() override;

  // --- its life ---
  void start();
  void kill();  // the process alone: what was written is there
  // What was not synced is gone, but for some beginning of it.
  void power_loss(SeededRandom& random);
  void stop();  // SIGTERM: drains, then ends
  // Ends the process and puts another disk in: an old copy of this one, or null for an empty one.
  void restore(std::shared_ptr<MemoryDisk> disk);
  std::shared_ptr<MemoryDisk> copy_of_disk() const { return disk_->clone(); }
  bool up() const override { return replica_ != nullptr; }
  // REQUIRES up(). Begins to merge and sync everything; settled() says when it is done.
  void settle();
  bool settled() const { return settled_; }

  // --- which node it runs (sim_node_tenancy.cc) ---
  bool spare() const { return tenant_ == Tenant::kNobody; }
  bool member() const { return tenant_ == Tenant::kMember; }
  // Counts changes of it: what was taken of one tenant is no other's.
  uint64_t tenancy() const { return tenancy_; }
  // REQUIRES spare(): a new node, which knows these members alone.
  void join(MemberList seeds);
  // REQUIRES spare(): the other's identity on a copy of its disk, at this machine's address. Until
  // end_copy(), which erases it: what only the copy held is not promised.
  void begin_as_copy_of(SimNode& original);
  void end_copy();
  bool copied() const { return copied_; }  // there is or was a second process of this identity
  const MemberRecord& record() const { return setup_.replica.self; }
  bool shakes_hands() const { return setup_.noise.has_value(); }  // its cluster has a cipher

  // --- what faults may do to its disk (sim_node_disk.cc) ---
  void slow_sync(double factor) { sync_factor_ = factor; }
  void fill_disk();
  void make_room() { disk_->heal(); }
  // One such operation fails, after some more of them.
  void fail_one(MemoryDisk::Operation operation, SeededRandom& random);
  // One bit of what is on the disk, wherever; nothing where it is empty.
  void flip_bit(SeededRandom& random);
  // The operator looks at the disk of a machine that has had trouble and puts it right.
  void scrub();
  // Somebody is on the way to put right what failed.
  bool attended() const { return attended_; }

  // --- what else faults may turn ---
  void shift_wall(std::chrono::milliseconds by) { clock_.shift_wall(by); }
  void drift(int64_t ppm);
  // SIGSTOP and SIGCONT of the process.
  void pause();
  void resume();
  // Each event takes the process so long; 0: nothing, as usual.
  void slow_down(Duration each) { inbox_.slow_down(each); }

  // --- clients ---
  // One loop turn: `work` may call the replica. Nothing happens while the node is down.
  void turn(const char* kind, ByteView bytes, const std::function<void(const Now&)>& work);

  // --- from the network ---
  bool takes_streams() const override { return inbox_.takes_streams(); }
  void datagram(const Address& from, ByteView bytes) override;
  StreamId accept() override;
  void stream_opened(StreamId stream, const Address& peer) override;
  void stream_bytes(StreamId stream, ByteView bytes) override;
  void stream_drained(StreamId stream, size_t bytes) override;
  void stream_closed(StreamId stream) override;

  // --- for checkers; the first three REQUIRE up() ---
  void check_all();
  Replica& replica() { return *replica_; }
  Database& database() { return *database_; }
  Observer& observer() { return observer_; }
  const std::string& name() const { return name_; }
  size_t index() const { return setup_.index; }
  const NodeId& id() const { return setup_.replica.self.id; }
  std::vector<MemberView> members() const { return replica_->admin().members(now()); }  // REQUIRES up()
  const Counts& counts() const { return counts_; }

 private:
  Now now() const { return clock_.at(around_.queue.now()); }
  void end(bool process_alone);
  void end_turn();
  void end_one_turn();
  std::unique_ptr<Transport> make_transport();
  std::unique_ptr<Transport> make_plain_transport();
  void perform(Replica::Output& output);
  void note(const Replica::Event& event);
  void run_sync(Position position);
  Result<> sync_disk();
  void run_merge(std::unique_ptr<Database::Merge> merge);
  void run_job(std::function<Result<>()> job);
  void arm();
  // Once the process comes to it, unless it has ended by then.
  void arrive(size_t datagram_bytes, Inbox::Work work);
  // Runs later, unless the process has ended by then.
  void later(Duration delay, std::function<void()> work);
  // Its disk was tampered with: errors that say so are no failure of the run.
  bool disk_trouble() const { return disk_trouble_ || disk_->damaged(); }
  // The operator's part: an ended process is started again, a damaged disk is replaced by an empty one first.
  // A failed run where nobody has tampered with the disk.
  void attend(const Error& error, const char* what);
  void put_right(ErrorCode code, const std::shared_ptr<MemoryDisk>& bad);
  // Checkers read from outside: what is to fail fails the replica.
  template <class Work>
  void observe(const Work& work);
  void observe_turn(Position position);
  void check_turn(Position position);
  void check_replies();
  void check_bounds();

  enum class Tenant : uint8_t { kNobody, kMember, kCopy };
  struct Identity {
    MemberRecord self;
    std::optional<NoiseOptions> noise;
  };

  Setup setup_;
  Surroundings& around_;
  Tenant tenant_;
  Identity own_;  // while a copy runs here
  uint64_t tenancy_ = 0;
  bool copied_ = false;
  std::string name_;
  SeededRandom random_;       // the replica's
  SeededRandom disk_random_;  // how long its disk takes
  SeededRandom operator_random_;
  std::shared_ptr<MemoryDisk> disk_;
  Observer observer_;
  Observer::Loss loss_ = Observer::Loss::kNothing;
  double sync_factor_ = 1;
  bool disk_trouble_ = false, attended_ = false, sync_failed_ = false;
  Counts counts_;
  NodeClock clock_;
  Inbox inbox_;

  uint64_t life_ = 0;  // process starts and ends so far
  uint64_t last_accepted_ = 0;
  uint64_t boot_counter_ = 0;  // in a file of its own: no power loss or restored database takes it back
  std::unique_ptr<MemberTrust> trust_;
  std::unique_ptr<MemoryStore> store_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Replica> replica_;
  std::unique_ptr<Database::Merge> merge_;          // under way
  std::vector<std::pair<StreamId, size_t>> taken_;  // bytes that the kernel took at once
  std::optional<Instant> timer_;
  std::optional<Position> recorded_;  // up to where the recorder knows of this life
  bool settling_ = false, settled_ = false, stopping_ = false;
};

}  // namespace tutti::sim
