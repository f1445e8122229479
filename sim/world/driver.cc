#include "sim/world/driver.h"

#include <string>

namespace tutti::sim {
namespace {

// A run with this many events at one instant goes in a circle.
constexpr uint64_t kEventsAtOneInstantMax = 200'000;

}  // namespace

bool Driver::step() {
  if (!queue_.step() || verdict_.failed()) return false;
  recorder_.stepped(queue_.now(), queue_.events());
  if (queue_.events_at_this_instant() < kEventsAtOneInstantMax) return true;
  verdict_.fail("progress", queue_.now(), "",
                std::to_string(kEventsAtOneInstantMax) + " events and time stands still");
  return false;
}

bool Driver::run_until(Instant end) {
  // An event of its own marks the end: no event beyond it is run.
  bool reached = false;
  queue_.at(end, [&] { reached = true; });
  while (!reached && step()) {
  }
  return !verdict_.failed();
}

}  // namespace tutti::sim
