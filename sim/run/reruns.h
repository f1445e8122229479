#pragma once

#include <optional>

#include "sim/kernel/scenario.h"
#include "sim/world/run_report.h"

namespace tutti::sim {

// `determinism`: the same seed, run twice, gives the same trace hash.
std::optional<Failure> compare_reruns(const Scenario& scenario, const RunReport& first,
                                      const RunReport& again);

}  // namespace tutti::sim
