#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sim/kernel/scenario.h"
#include "sim/truth/verdict.h"
#include "storage/base/result.h"

namespace tutti::sim {

// A failing run made small: the fewest nodes, strikes, commands and seconds found that fail by the same
// checker, by delta debugging (Zeller & Hildebrandt 2002, ddmin) over the run's script.
struct Shrunk {
  Scenario scenario;  // with its seed
  Failure failure;
  size_t events_before = 0, events = 0;  // commands and strikes
  size_t runs = 0;
};

struct ShrinkOptions {
  double seconds = 120;  // of real time; what was found by then is the answer
  // Told now and then: events so far, runs so far.
  std::function<void(size_t events, size_t runs)> progress;
};

// Nothing: the seed does not fail. `scenario` is no swarm itself (swarm_variant() made it). Forks for every
// run.
Result<std::optional<Shrunk>> shrink(const Scenario& scenario, uint64_t seed, const ShrinkOptions& options);

}  // namespace tutti::sim
