#include "sim/kernel/event_queue.h"

#include <algorithm>

#include "storage/base/check.h"

namespace tutti::sim {

void EventQueue::at(Instant at, Action action) {
  check(at >= now_, "an event is not scheduled into the past");
  uint32_t slot;
  if (free_.empty()) {
    slot = static_cast<uint32_t>(slots_.size());
    slots_.push_back(std::move(action));
  } else {
    slot = free_.back();
    free_.pop_back();
    slots_[slot] = std::move(action);
  }
  heap_.push_back({at, scheduled_++, slot});
  std::ranges::push_heap(heap_, later);
}

bool EventQueue::step() {
  if (heap_.empty()) return false;
  std::ranges::pop_heap(heap_, later);
  const Key key = heap_.back();
  heap_.pop_back();
  at_this_instant_ = key.at == now_ ? at_this_instant_ + 1 : 1;
  now_ = key.at;
  ++ran_;
  // Taken out first: the action may schedule, which moves the slots.
  Action action = std::move(slots_[key.slot]);
  slots_[key.slot] = nullptr;
  free_.push_back(key.slot);
  action();
  return true;
}

}  // namespace tutti::sim
