#pragma once

#include <vector>

#include "protocol/session/noise_transport.h"
#include "sim/kernel/seeded_random.h"

namespace tutti::sim {

// Keys and certificates of a cluster whose nodes speak Noise. Each node is a replica, signed by the cluster
// key. All are drawn from `random`. It costs some 100 us a node: call it only for such a cluster.
std::vector<NoiseOptions> make_identities(size_t nodes, SeededRandom& random);

}  // namespace tutti::sim
