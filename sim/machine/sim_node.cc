#include "sim/machine/sim_node.h"

#include <algorithm>

#include "storage/base/check.h"

namespace tutti::sim {

SimNode::SimNode(Setup setup, Surroundings& surroundings)
    : machine_(std::move(setup), surroundings),
      tenant_(machine_.setup.spare ? Tenant::kNobody : Tenant::kMember),
      operator_random_(machine_.setup.seed, "operator", machine_.setup.index) {}

SimNode::~SimNode() { end(true); }

void SimNode::start() {
  check(!up(), "a node starts once");
  machine_.remark("start");
  ++machine_.life;
  ++machine_.counts.starts;
  machine_.trouble = machine_.disk->failing();
  auto opened = SimProcess::open(machine_, *this);
  if (!opened) return disk_failed(opened.error(), "does not open");
  process_ = std::move(*opened);
  if (const auto started = process_->start(); !started) {
    disk_failed(started.error(), "does not start");
    end(true);
  }
}

void SimNode::end(bool process_alone) {
  if (!up()) return;
  machine_.around.recorder.node_ended(machine_.around.queue.now(), index(),
                                      process_alone ? "process ended" : "power lost");
  ++machine_.life;
  machine_.inbox.clear();
  process_.reset();
  machine_.around.network.streams().node_gone(index(), process_alone);
  if (!machine_.sync_failed) return;
  // What a failed fsync was to write, the kernel may have dropped.
  machine_.sync_failed = false;
  machine_.disk->power_loss(operator_random_.below(machine_.disk->unsynced() + 1));
  machine_.loss = std::max(machine_.loss, Observer::Loss::kUnsynced);
}

void SimNode::kill() {
  if (!up()) return;
  machine_.remark("kill");
  end(true);
}

void SimNode::reopen() {
  if (!up()) return;
  machine_.remark("opens its store anew");
  end(true);
  start();
}

void SimNode::power_loss(SeededRandom& random) {
  if (!up()) return;
  machine_.remark("power loss");
  end(false);
  // Amid which record, too: part of it may be there.
  const uint64_t survive = random.below(machine_.disk->unsynced() + 1);
  machine_.disk->power_loss(survive, random.chance(0.5) ? random.unit() : 0);
  machine_.loss = Observer::Loss::kUnsynced;
}

void SimNode::restore(std::shared_ptr<MemoryDisk> disk) {
  machine_.remark(disk ? "restore" : "wipe");
  end(true);
  machine_.disk = disk ? std::move(disk) : std::make_shared<MemoryDisk>();
  // Whoever puts a copy back lets it reach the disk, whole.
  machine_.disk->power_loss(machine_.disk->unsynced());
  machine_.loss = Observer::Loss::kDisk;
}

void SimNode::stop() {
  if (up()) process_->stop();
}

void SimNode::turn(const char* kind, ByteView bytes, const std::function<void(const Now&)>& work) {
  if (up()) process_->turn(kind, bytes, work);
}

void SimNode::pause() {
  if (!up() || machine_.inbox.paused()) return;
  machine_.remark("pause");
  machine_.inbox.pause();
}

void SimNode::resume() {
  if (!machine_.inbox.paused()) return;
  machine_.remark("resume");
  machine_.inbox.resume();
}

void SimNode::drift(int64_t ppm) {
  machine_.remark("drift " + std::to_string(ppm) + " ppm");
  machine_.clock.drift(machine_.around.queue.now(), ppm);
  if (up()) process_->rearm();
}

}  // namespace tutti::sim
