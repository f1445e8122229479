#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "protocol/replica/replica.h"
#include "protocol/session/noise_transport.h"
#include "sim/checkers/observer.h"
#include "sim/machine/inbox.h"
#include "sim/machine/node_clock.h"
#include "sim/machine/surroundings.h"
#include "storage/store/memory_store.h"

namespace tutti::sim {

struct MachineSetup {
  size_t index = 0;
  uint64_t seed = 0;
  ReplicaOptions replica;
  Database::Options database;
  HashKey key{};
  std::optional<NoiseOptions> noise;         // empty: NullTransport
  Duration mono_start{0};                    // where the monotonic clock begins
  std::chrono::milliseconds wall_offset{0};  // from true time
  Duration sync_min{0}, sync_max{0}, merge_min{0}, merge_max{0};
  double row_checks = 1;     // share of touched rows read back (observer.h)
  double memory_misses = 0;  // share of a command's reads
  bool spare = false;        // no node runs on it yet
};

// What a process runs on, and what is still there once it has ended: its disk and clock, what waits for it in
// the kernel, and the checker that follows the node. SimNode owns it, and ends processes on it; SimProcess
// reads and uses it.
struct Machine {
  Machine(MachineSetup given, Surroundings& surroundings);

  // Runs `work` after `delay`, through the inbox, unless the process has ended by then.
  void later(Duration delay, Inbox::Work work);
  // Runs `work` once the process comes to it, unless it has ended by then. `datagram_bytes`: 0 for what is no
  // datagram.
  void arrive(size_t datagram_bytes, Inbox::Work work);

  Now now() const { return clock.at(around.queue.now()); }
  // Somebody has tampered with the disk: errors that say so do not fail the run.
  bool disk_trouble() const { return trouble || disk->damaged(); }
  void remark(std::string_view what) { around.trace.event(around.queue.now(), setup.index, what); }
  void fail(const char* checker, std::string what) {
    around.verdict.fail(checker, around.queue.now(), name, std::move(what));
  }

  struct Counts {
    uint64_t turns = 0, starts = 0, merges = 0, syncs = 0, transfers = 0, transfers_given_up = 0;
    uint64_t bytes_sent = 0;  // given to the kernel: datagrams and stream bytes
  };

  MachineSetup setup;
  Surroundings& around;
  std::string name;
  SeededRandom replica_random;
  SeededRandom disk_random;   // how long the disk takes
  SeededRandom cache_random;  // what is not in memory
  NodeClock clock;
  Inbox inbox;
  Observer observer;
  Counts counts;

  std::shared_ptr<MemoryDisk> disk;
  Observer::Loss loss = Observer::Loss::kNothing;  // what the disk has lost since the last process
  double sync_factor = 1;                          // 1: an fsync takes as long as the setup says
  bool trouble = false;                            // of the disk, by a fault
  bool sync_failed = false;
  bool was_full = false;  // the disk, by a fault

  bool copied = false;         // there is or was a second process of this identity
  uint64_t life = 0;           // process starts and ends so far: names one process
  uint64_t last_accepted = 0;  // incoming streams so far
  uint64_t boot_counter = 0;   // in a file of its own: no power loss and no restored disk takes it back
};

}  // namespace tutti::sim
