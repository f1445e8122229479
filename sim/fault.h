#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/event_queue.h"
#include "sim/links.h"
#include "sim/scenario.h"
#include "sim/seeded_random.h"

namespace tutti::sim {

class SimNode;

// What faults may lay hands on.
struct FaultContext {
  EventQueue& queue;
  Links& links;
  std::vector<std::unique_ptr<SimNode>>& nodes;
  SeededRandom& random;  // of this fault alone
};

// One kind of trouble. A new kind is a class in faults/ and a line in the table of fault_registry.cc.
class Fault {
 public:
  virtual ~Fault() = default;
  // Strikes once, at `target` where that matters. begin() and end() alternate.
  virtual void begin(FaultContext& context, size_t target, double amount) = 0;
  // Takes back whatever begin() did.
  virtual void end(FaultContext& context) = 0;
};

struct FaultKind {
  std::string_view name;
  std::string_view what;  // one line, for `tutti-sim faults`
  std::unique_ptr<Fault> (*make)();
};
const FaultKind* find_fault_kind(std::string_view name);
std::string fault_kind_names();
const std::vector<FaultKind>& fault_kinds();

// Lets one FaultSpec strike until it is stopped.
class FaultPlan {
 public:
  // `context` and what it refers to outlive this.
  FaultPlan(const FaultSpec& spec, FaultContext context);
  void start();
  // No more strikes; what is under way ends now.
  void stop();
  uint64_t strikes() const { return strikes_; }

 private:
  void schedule();
  void strike();
  void end();

  FaultSpec spec_;
  FaultContext context_;
  std::unique_ptr<Fault> fault_;
  Duration mean_gap_{0};
  bool stopped_ = false;
  bool under_way_ = false;
  uint64_t strikes_ = 0;
};

}  // namespace tutti::sim
