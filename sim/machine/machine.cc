#include "sim/machine/machine.h"

namespace tutti::sim {

Machine::Machine(MachineSetup given, Surroundings& surroundings)
    : setup(std::move(given)),
      around(surroundings),
      name("n" + std::to_string(setup.index)),
      replica_random(setup.seed, "node", setup.index),
      disk_random(setup.seed, "disk", setup.index),
      cache_random(setup.seed, "cache", setup.index),
      clock(setup.mono_start, setup.wall_offset),
      inbox(around.queue),
      observer(setup.index, name, around.history, around.verdict,
               SeededRandom(setup.seed, "observer", setup.index), setup.row_checks, around.trace),
      disk(std::make_shared<MemoryDisk>()) {}

void Machine::arrive(size_t datagram_bytes, Inbox::Work work) {
  inbox.arrive(datagram_bytes, [this, of = life, work = std::move(work)]() mutable {
    if (of == life && !around.verdict.failed()) work();
  });
}

void Machine::later(Duration delay, Inbox::Work work) {
  around.queue.after(delay, [this, of = life, work = std::move(work)]() mutable {
    if (of == life) arrive(0, std::move(work));
  });
}

}  // namespace tutti::sim
