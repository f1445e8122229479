#pragma once

#include <string>

#include "sim/report/run_recorder.h"

namespace tutti::sim {

// The tables of one run's folder, the names of their columns in the first line.
std::string convergence_csv(const Timeline& timeline);
std::string latency_csv(const Propagation& propagation);
std::string nodes_csv(const Timeline& timeline);

}  // namespace tutti::sim
