#include "node/setup/init.h"

#include <array>

#include "node/io/system_clock.h"
#include "node/setup/authority.h"
#include "node/setup/data_directory.h"
#include "storage/crypto/ed25519.h"
#include "storage/crypto/os_random.h"

namespace tutti {

Outcome<Key32> init_cluster(const std::filesystem::path& directory, const Config& config) {
  std::array<uint8_t, 64> random;
  os_random_fill(random);
  DataDirectory contents{.config = config, .files = {}};
  NodeFiles& files = contents.files;
  files.keys = NodeKeys::from_random(random);
  secure_zero(random.data(), random.size());
  files.cluster_seed.emplace();
  os_random_fill(*files.cluster_seed);
  os_random_fill(files.cluster.discovery_secret);
  files.cluster.public_key = ed25519_public_of(*files.cluster_seed);
  const uint64_t now_ms = read_clocks().wall_ms();
  files.certificate = issue_certificate(*files.cluster_seed, {.x25519 = files.keys.x25519_public,
                                                              .ed25519 = files.keys.ed25519_public,
                                                              .roles = static_cast<Roles>(Role::kReplica) |
                                                                       static_cast<Roles>(Role::kOperator) |
                                                                       static_cast<Roles>(Role::kAdmitter),
                                                              .expires_ms = now_ms + kCertificateLifeMs,
                                                              .serial = now_ms});
  if (auto ok = create_directory(directory, contents); !ok) return std::unexpected(ok.error());
  return files.cluster.public_key;
}

std::string cluster_id_text(const Key32& public_key) { return to_hex(NodeId{public_key}); }

}  // namespace tutti
