#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/base/time.h"

namespace tutti::sim {

class SimNode;

// `liveness`: the rounds, probe periods, within which all clocks are to be equal once faults have stopped.
// What one peer has, all get by gossip in about log2 of their number; `constant` is patience that does not
// grow with it: a pull or a transfer that must time out first, a stream dialled anew.
double rounds_allowed(size_t nodes, double per_doubling, double constant);

// `membership`: names a live node that another live one of the first `judges` holds unreachable; empty: none.
std::string held_unreachable(const std::vector<std::unique_ptr<SimNode>>& nodes, size_t judges);

}  // namespace tutti::sim
