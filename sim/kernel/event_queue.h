#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "storage/base/time.h"

namespace tutti::sim {

// Virtual time: what is to happen, in order of its instant, and of scheduling where instants are equal.
// Nothing here waits; a run is as fast as its events are.
class EventQueue {
 public:
  using Action = std::move_only_function<void()>;

  Instant now() const { return now_; }
  // REQUIRES at >= now().
  void at(Instant at, Action action);
  void after(Duration delay, Action action) { at(now_ + delay, std::move(action)); }

  // Runs the next event, which moves now(). False: none is left.
  bool step();
  bool empty() const { return heap_.empty(); }
  uint64_t events() const { return ran_; }
  // Events run since now() last moved: a livelock shows here.
  uint64_t events_at_this_instant() const { return at_this_instant_; }

 private:
  // The heap moves small keys alone; actions stay where they are.
  struct Key {
    Instant at;
    uint64_t order;
    uint32_t slot;
  };
  static bool later(const Key& a, const Key& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; }

  Instant now_{};
  uint64_t scheduled_ = 0, ran_ = 0, at_this_instant_ = 0;
  std::vector<Key> heap_;
  std::vector<Action> slots_;
  std::vector<uint32_t> free_;
};

}  // namespace tutti::sim
