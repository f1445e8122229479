#pragma once

#include <filesystem>
#include <string>

#include "node/setup/config.h"
#include "storage/base/outcome.h"
#include "storage/crypto/key.h"

namespace tutti {

// `tuttid join`: asks the token's seeds in turn for membership, then writes the directory. If all refuse or cannot be
// reached (kUnreachable), it writes nothing. Blocks. Returns the cluster's id.
Outcome<Key32> join_cluster(const std::string& token, const std::filesystem::path& directory,
                            const Config& config);

}  // namespace tutti
