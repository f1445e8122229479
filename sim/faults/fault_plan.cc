#include <algorithm>

#include "sim/faults/fault.h"
#include "sim/kernel/units.h"
#include "storage/base/check.h"

namespace tutti::sim {
namespace {

// Strikes closer than this would be all that happens.
constexpr Duration kGapMin = std::chrono::milliseconds(1);

const FaultKind& kind_of(const FaultSpec& spec) {
  const FaultKind* kind = find_fault_kind(spec.kind);
  check(kind != nullptr, "a fault of a known kind");
  return *kind;
}

}  // namespace

FaultPlan::FaultPlan(const FaultSpec& spec, const FaultTargets& targets, SeededRandom random)
    : spec_(spec), targets_(targets), random_(random), kind_(kind_of(spec)) {
  mean_gap_ = from_seconds(draw(spec.every_s, random_));
  if (spec.every_s.high > 0) mean_gap_ = std::max(mean_gap_, kGapMin);
}

void FaultPlan::start() {
  if (spec_.at_s >= 0) {
    targets_.queue.after(from_seconds(spec_.at_s), [this] { strike(); });
  } else if (mean_gap_ > Duration(0)) {
    schedule();
  }
}

void FaultPlan::schedule() {
  targets_.queue.after(random_.exponential(mean_gap_), [this] {
    if (stopped_) return;
    strike();
    schedule();
  });
}

// Everything is drawn, whether it is used or not, so that a setting more or less shifts nothing else.
void FaultPlan::strike() {
  Strike made{.kind = spec_.kind};
  made.target = random_.index(targets_.nodes.size());
  made.amount = draw(spec_.amount, random_);
  made.for_s = draw(spec_.for_s, random_);
  made.draw = random_.next();
  if (spec_.target >= 0) made.target = static_cast<size_t>(spec_.target) % targets_.nodes.size();
  if (spec_.draw) made.draw = *spec_.draw;
  if (stopped_ || in_the_way(made.target)) return;
  made.at_s = to_seconds(targets_.queue.now());
  strikes_.push_back(made);
  const uint64_t number = strikes_.size();
  const bool at_one = kind_.scope == FaultScope::kNode;
  const uint64_t recorded = targets_.recorder.fault_began(
      targets_.queue.now(), made.kind, at_one ? std::optional(made.target) : std::nullopt, made.amount);
  Struck& struck = under_way_.emplace_back(Struck{made.target, SeededRandom(made.draw, "strike"),
                                                  kind_.make(), number, targets_.queue.now(), recorded});
  FaultContext context{targets_, struck.random, from_seconds(made.for_s)};
  targets_.trace.event(targets_.queue.now(), made.target, "struck by " + made.kind);
  struck.fault->begin(context, made.target, made.amount);
  targets_.queue.after(from_seconds(made.for_s), [this, number] {
    const auto at = std::ranges::find(under_way_, number, &Struck::number);
    if (at != under_way_.end()) end(at);  // else it was ended before its time
  });
}

bool FaultPlan::in_the_way(size_t target) const {
  if (kind_.scope == FaultScope::kCluster) return !under_way_.empty();
  return std::ranges::any_of(under_way_, [&](const Struck& struck) { return struck.target == target; });
}

void FaultPlan::end(std::list<Struck>::iterator struck) {
  FaultContext context{targets_, struck->random, Duration(0)};
  targets_.trace.event(targets_.queue.now(), struck->target, std::string(kind_.name) + " ends");
  targets_.recorder.fault_ended(targets_.queue.now(), struck->recorded);
  struck->fault->end(context);
  under_way_.erase(struck);
}

std::optional<Instant> FaultPlan::oldest() const {
  if (under_way_.empty()) return std::nullopt;
  return under_way_.front().began;
}

void FaultPlan::end_oldest() { end(under_way_.begin()); }

void FaultPlan::stop() { stopped_ = true; }

}  // namespace tutti::sim
