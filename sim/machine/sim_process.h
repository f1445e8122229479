#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/replica/replica.h"
#include "sim/machine/machine.h"
#include "storage/store/memory_store.h"

namespace tutti::sim {

// One process of a node: the daemon's very objects - Database, Transport, Replica - and what the daemon's
// loop does with sockets and threads, on virtual time. All that a process forgets when it ends is a member
// here: ending it is destroying it. What it leaves behind is in Machine.
//
// What it has to do later it gives to Machine::later() and Machine::arrive(), which drop the work of an ended
// process.
class SimProcess {
 public:
  // Who looks after the process: the owner of its machine.
  class Keeper {
   public:
    // The process says that its disk does not serve it any more. Comes amid a call, so that the process must
    // not be destroyed before that call returns.
    virtual void disk_failed(const Error& error, const char* what) = 0;
    // The store is to be closed and opened anew; the process is at its end.
    virtual void reopen() = 0;
    // After stop(): everything is merged and synced. Comes from an event of its own, and may destroy the
    // process.
    virtual void drained() = 0;

   protected:
    ~Keeper() = default;
  };

  // Opens the database on the machine's disk. `machine` and `keeper` outlive this. The error is the
  // database's; the disk is as it was.
  static Result<std::unique_ptr<SimProcess>> open(Machine& machine, Keeper& keeper);
  // Its streams are still open then: whoever destroys it tells the network, and ends its life in Machine.
  ~SimProcess();
  SimProcess(const SimProcess&) = delete;
  SimProcess& operator=(const SimProcess&) = delete;

  // Once, first. The error is the replica's: the process is of no use.
  Result<> start();

  // One loop turn: `work` may call the replica. While the process is stopped by SIGSTOP nothing happens.
  void turn(const char* kind, ByteView bytes, const std::function<void(const Now&)>& work);
  // Begins to merge and sync everything; settled() says when it is done.
  void settle();
  bool settled() const { return settled_; }
  // SIGTERM: settles, then says drained().
  void stop();
  // The clock's pace has changed, and with it when the timer is due.
  void rearm();

  // Every row against what the clock stands for.
  void check_all();
  // `bounds`: whether the log holds little more than it is to keep. REQUIRES that nobody needs more of it.
  bool log_is_cut() const;

  Replica& replica() { return *replica_; }
  const Replica& replica() const { return *replica_; }
  Database& database() { return *database_; }

 private:
  SimProcess(Machine& machine, Keeper& keeper, std::unique_ptr<MemoryStore> store,
             std::unique_ptr<Database> database);

  std::unique_ptr<Transport> make_transport();
  std::unique_ptr<Transport> make_plain_transport();

  void end_turn();
  void end_one_turn();
  void arm();

  // --- what the replica puts out (sim_process_outputs.cc) ---
  void perform(Replica::Output& output);
  void note(const Replica::Event& event);
  void allow_transfer_soon();
  void run_sync(Position position);
  Result<> sync_disk();
  void run_merge(std::unique_ptr<Database::Merge> merge);
  void run_job(std::function<Result<>()> job);
  Duration merge_time();

  // --- what is checked after every turn (sim_process_checks.cc) ---
  // Checkers read from outside: what is to fail fails the replica.
  template <class Work>
  void observe(const Work& work);
  void observe_turn(Position position);
  void check_turn(Position position);
  void check_replies();
  void check_bounds();
  void check_log_length();
  Position log_begin_due(uint64_t bytes) const;

  Machine& machine_;
  Keeper& keeper_;
  std::unique_ptr<MemberTrust> trust_;
  // Each refers to those before it.
  std::unique_ptr<MemoryStore> store_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Replica> replica_;
  std::unique_ptr<Database::Merge> merge_;          // under way
  std::vector<std::pair<StreamId, size_t>> taken_;  // bytes that the kernel took at once
  std::optional<Instant> timer_;                    // the next one armed, in virtual time
  std::optional<Position> recorded_;                // up to where the recorder was told
  // Where the log was to begin when its beginning was last where it was to be.
  struct {
    Position begin;
    Instant seen{};
    Duration waited{};
  } log_due_;
  bool settling_ = false, settled_ = false, stopping_ = false;
};

template <class Work>
void SimProcess::observe(const Work& work) {
  machine_.disk->suspend_errors(true);
  work();
  machine_.disk->suspend_errors(false);
}

}  // namespace tutti::sim
