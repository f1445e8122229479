#pragma once

#include <filesystem>

#include "node/setup/config.h"
#include "storage/base/outcome.h"
#include "storage/crypto/key.h"

namespace tutti {

// `tuttid init`: makes a new cluster and its first node, which holds the cluster's key. Returns the cluster's id.
Outcome<Key32> init_cluster(const std::filesystem::path& directory, const Config& config);

// The cluster's id as users see it, in hex.
std::string cluster_id_text(const Key32& public_key);

}  // namespace tutti
