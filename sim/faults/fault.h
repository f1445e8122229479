#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/event_queue.h"
#include "sim/kernel/scenario.h"
#include "sim/kernel/seeded_random.h"
#include "sim/network/disturbances.h"
#include "sim/network/links.h"
#include "sim/watch/recorder.h"
#include "sim/watch/trace.h"

namespace tutti::sim {

class SimNode;

// What faults may change. All outlive the faults.
struct FaultTargets {
  EventQueue& queue;
  Links& links;
  Disturbances& disturbances;
  std::vector<std::unique_ptr<SimNode>>& nodes;
  Recorder& recorder;
  Trace& trace;
};

struct FaultContext : FaultTargets {
  SeededRandom& random;  // of this strike alone, made from its `draw`
  Duration length;       // after which it ends, at the latest
};

// One strike as data. Written back as a fault with these settings it does the same again, whichever other
// strikes there are.
struct Strike {
  std::string kind;
  double at_s = 0;
  double for_s = 0;
  size_t target = 0;
  double amount = 0;
  uint64_t draw = 0;
};

// One strike of a kind of trouble. A new kind is a class in faults/ and a line in the table of
// fault_registry.cc.
class Fault {
 public:
  virtual ~Fault() = default;
  // Once. `target`: a node; faults of kCluster ignore it. `amount`: what it means is said with the kind.
  virtual void begin(FaultContext& context, size_t target, double amount) = 0;
  // Once, later. Takes back what begin() did.
  virtual void end(FaultContext& context) = 0;
};

// kNode: strikes of one kind never overlap at one node. kCluster: strikes of one kind never overlap.
enum class FaultScope : uint8_t { kNode, kCluster };

struct FaultKind {
  std::string_view name;
  std::string_view what;  // one line, for `tutti-sim faults`
  FaultScope scope;
  std::unique_ptr<Fault> (*make)();
  double amount_max = 1e12;
};
const FaultKind* find_fault_kind(std::string_view name);
std::string fault_kind_names();
const std::vector<FaultKind>& fault_kinds();

// Lets one FaultSpec strike until it is stopped.
class FaultPlan {
 public:
  // What `targets` refers to outlives this.
  FaultPlan(const FaultSpec& spec, const FaultTargets& targets, SeededRandom random);
  void start();
  void stop();  // no more strikes
  // When the oldest strike under way began; empty: none is. end_oldest() ends it before its time.
  std::optional<Instant> oldest() const;
  void end_oldest();  // REQUIRES oldest()
  const std::vector<Strike>& strikes() const { return strikes_; }

 private:
  // A strike under way.
  struct Struck {
    size_t target;
    SeededRandom random;
    std::unique_ptr<Fault> fault;
    uint64_t number;
    Instant began;
    uint64_t recorded;  // its number there
  };

  void schedule();
  void strike();
  bool in_the_way(size_t target) const;
  void end(std::list<Struck>::iterator struck);

  FaultSpec spec_;
  FaultTargets targets_;
  SeededRandom random_;
  const FaultKind& kind_;
  Duration mean_gap_{0};
  bool stopped_ = false;
  std::list<Struck> under_way_;
  std::vector<Strike> strikes_;
};

}  // namespace tutti::sim
