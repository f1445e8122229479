#include "sim/fault.h"
#include "storage/check.h"

namespace tutti::sim {
namespace {

Duration seconds(double s) { return Duration(static_cast<int64_t>(s * 1e9)); }

}  // namespace

FaultPlan::FaultPlan(const FaultSpec& spec, FaultContext context) : spec_(spec), context_(context) {
  const FaultKind* kind = find_fault_kind(spec.kind);
  check(kind != nullptr, "a fault of a known kind");
  fault_ = kind->make();
  mean_gap_ = seconds(context_.random.between(spec.every_s.low, spec.every_s.high));
}

void FaultPlan::start() {
  if (spec_.at_s >= 0) {
    context_.queue.after(seconds(spec_.at_s), [this] { strike(); });
  } else if (mean_gap_ > Duration(0)) {
    schedule();
  }
}

void FaultPlan::schedule() {
  context_.queue.after(context_.random.exponential(mean_gap_), [this] {
    if (stopped_) return;
    strike();
    schedule();
  });
}

void FaultPlan::strike() {
  const size_t drawn = context_.random.index(context_.nodes.size());
  const double amount = context_.random.between(spec_.amount.low, spec_.amount.high);
  const Duration length = seconds(context_.random.between(spec_.for_s.low, spec_.for_s.high));
  if (under_way_ || stopped_) return;
  const size_t target = spec_.target >= 0 ? static_cast<size_t>(spec_.target) % context_.nodes.size() : drawn;
  under_way_ = true;
  ++strikes_;
  fault_->begin(context_, target, amount);
  context_.queue.after(length, [this, strike = strikes_] {
    if (under_way_ && strike == strikes_) end();
  });
}

void FaultPlan::end() {
  under_way_ = false;
  fault_->end(context_);
}

void FaultPlan::stop() {
  stopped_ = true;
  if (under_way_) end();
}

}  // namespace tutti::sim
