#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/kernel/scenario.h"

namespace tutti::sim {

struct ReplayOptions {
  std::optional<size_t> node;  // only what happens there
  std::string key;             // only what touches it
  double from_s = 0;           // only from then on
};

// Runs one seed and tells it on standard output (narrator.h), ending with its verdict. 0: it held. 1: it
// failed.
int replay(const Scenario& scenario, uint64_t seed, const ReplayOptions& options);

}  // namespace tutti::sim
