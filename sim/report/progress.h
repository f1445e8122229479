#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "storage/base/time.h"

namespace tutti::sim {

// One line on stderr, written again and again: how far a run is, or how many runs are done. Any thread may
// call it. It reads the real clock, which no run ever sees.
class Progress {
 public:
  struct Run {
    Instant at;
    std::optional<Instant> workload_end;  // empty: clients and faults have stopped, nodes converge
    uint64_t events;
    size_t complete, nodes;
  };

  // `total`: the runs to be done. `shown`: false: every call does nothing.
  Progress(uint64_t total, bool shown);
  ~Progress();

  void run_is_at(const Run& run);
  void run_done(bool failed);
  // Takes the line away, so that something else may be printed.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool due();
  void show(const std::string& line);

  std::mutex mutex_;
  uint64_t total_, done_ = 0, failed_ = 0;
  bool shown_;
  size_t width_ = 0;
  Clock::time_point began_ = Clock::now(), last_ = began_;
};

// Whether a person is looking at stderr.
bool stderr_is_terminal();

}  // namespace tutti::sim
