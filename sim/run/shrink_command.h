#pragma once

#include <cstdint>
#include <string>

#include "sim/kernel/scenario.h"

namespace tutti::sim {

struct ShrinkCommand {
  Scenario scenario;
  uint64_t seed = 1;
  std::string again;  // what names the run on a command line, without its seed
  std::string out;    // empty: shrunk-SEED.toml
  double seconds = 120;
};

// Shrinks a failing run (shrink.h), says what is left of it and writes the scenario. 0: written. 1: the seed
// does not fail. 3: could not tell, or not write.
int run_shrink(const ShrinkCommand& command);

}  // namespace tutti::sim
