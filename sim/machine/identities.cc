#include "sim/machine/identities.h"

#include <array>
#include <limits>

#include "storage/crypto/ed25519.h"
#include "storage/crypto/os_random.h"

namespace tutti::sim {

std::vector<NoiseOptions> make_identities(size_t nodes, SeededRandom& random) {
  init_crypto();
  Key32 cluster_seed, discovery_secret;
  random.fill(cluster_seed);
  random.fill(discovery_secret);
  std::vector<NoiseOptions> made;
  for (size_t i = 0; i < nodes; ++i) {
    std::array<uint8_t, 64> secrets;
    random.fill(secrets);
    const NodeKeys keys = NodeKeys::from_random(secrets);
    const Certificate::Subject subject{keys.x25519_public, keys.ed25519_public,
                                       static_cast<Roles>(Role::kReplica),
                                       std::numeric_limits<int64_t>::max(), i + 1};
    made.push_back({.keys = keys,
                    .certificate = issue_certificate(cluster_seed, subject),
                    .cluster_public_key = ed25519_public_of(cluster_seed),
                    .discovery_secret = discovery_secret});
  }
  return made;
}

}  // namespace tutti::sim
