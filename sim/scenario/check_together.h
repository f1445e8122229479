#pragma once

#include "sim/kernel/scenario.h"
#include "storage/base/result.h"

namespace tutti::sim {

// Whether the parts of a scenario fit together, which no line shows alone: a fault strikes while faults
// strike, nodes, regions and metrics that are named are there, names are not given twice. The error names the
// first misfit and its line.
Result<> check_together(const Scenario& scenario);

}  // namespace tutti::sim
