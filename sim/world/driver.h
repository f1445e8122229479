#pragma once

#include <cstdint>

#include "sim/kernel/event_queue.h"
#include "sim/truth/verdict.h"
#include "sim/watch/recorder.h"

namespace tutti::sim {

// Runs the events of a run, and ends it where a checker has failed or time stands still (`progress`).
class Driver {
 public:
  // All outlive this.
  Driver(EventQueue& queue, Verdict& verdict, Recorder& recorder)
      : queue_(queue), verdict_(verdict), recorder_(recorder) {}

  // Runs every event up to `end`. False: a checker failed before.
  bool run_until(Instant end);

 private:
  bool step();

  EventQueue& queue_;
  Verdict& verdict_;
  Recorder& recorder_;
};

}  // namespace tutti::sim
