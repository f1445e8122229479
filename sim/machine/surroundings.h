#pragma once

#include "sim/checkers/deliveries.h"
#include "sim/checkers/merged_states.h"
#include "sim/kernel/event_queue.h"
#include "sim/network/network.h"
#include "sim/truth/history.h"
#include "sim/truth/verdict.h"
#include "sim/watch/recorder.h"
#include "sim/watch/trace.h"

namespace tutti::sim {

// What all machines of a run share. The world owns it, and it outlives them.
struct Surroundings {
  EventQueue& queue;
  Network& network;
  Trace& trace;
  Verdict& verdict;
  History& history;
  MergedStates& merged_states;
  Recorder& recorder;
  Deliveries& deliveries;
};

}  // namespace tutti::sim
