#pragma once

#include <vector>

#include "protocol/session/noise_transport.h"
#include "sim/kernel/seeded_random.h"

namespace tutti::sim {

// Keys and certificates of a cluster whose nodes speak Noise: each node is a replica, signed by the cluster
// key. Everything from `random`. Costs some 100 us a node, so it is made only where asked for.
std::vector<NoiseOptions> make_identities(size_t nodes, SeededRandom& random);

}  // namespace tutti::sim
