#include "sim/machine/sim_node.h"

// How a machine's disk fails, and who puts it right.
namespace tutti::sim {
namespace {

// What a person takes to look after a machine that has failed.
constexpr Duration kOperatorMin = std::chrono::milliseconds(200);
constexpr Duration kOperatorMax = std::chrono::seconds(3);
// An I/O error strikes one of the next few operations; a disk is full once a few more were let in.
constexpr size_t kSparedMax = 8;

}  // namespace

// --- faults ---

void SimNode::fill_disk(bool sudden, SeededRandom& random) {
  machine_.remark(sudden ? "disk full of a sudden" : "disk full");
  machine_.was_full = true;
  machine_.disk->fill(sudden, random.below(kSparedMax));
}

void SimNode::fail_one(MemoryDisk::Operation operation, SeededRandom& random) {
  machine_.remark("input/output error to come");
  machine_.trouble = true;
  machine_.disk->fail_one(operation, random.below(kSparedMax));
}

void SimNode::flip_bit(SeededRandom& random) {
  using Part = MemoryDisk::Part;
  const size_t draw = random.index(10);
  const Part part = draw < 5 ? Part::kRows : draw < 9 ? Part::kLog : Part::kMeta;
  if (!machine_.disk->flip_bit(part, random.next())) return;
  machine_.remark("bit flip");
  machine_.observer.excuse_unreadable(true);
}

// --- the operator ---

void SimNode::disk_failed(const Error& error, const char* what) {
  if (!machine_.disk_trouble()) return machine_.fail("recovery", std::string(what) + ": " + error.message);
  if (attended_) return;
  attended_ = true;
  machine_.remark(std::string(what) + ": " + error.message);
  machine_.around.queue.after(operator_random_.between(kOperatorMin, kOperatorMax),
                              [this, code = error.code, bad = machine_.disk, tenancy = tenancy_] {
                                if (tenancy == tenancy_) return put_right(code, bad);
                                attended_ = false;
                              });
}

void SimNode::put_right(ErrorCode code, const std::shared_ptr<MemoryDisk>& bad) {
  attended_ = false;
  end(true);
  if (code == ErrorCode::kCorrupt && machine_.disk == bad) restore(nullptr);
  start();
}

void SimNode::scrub() {
  if (!machine_.disk->damaged() || machine_.disk->readable()) return;
  disk_failed({ErrorCode::kCorrupt, "a scrub finds damage"}, "its disk is damaged");
}

}  // namespace tutti::sim
