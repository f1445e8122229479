#pragma once

#include <filesystem>
#include <string>

#include "node/setup/config.h"
#include "storage/base/outcome.h"
#include "storage/crypto/key.h"

namespace tutti {

// `tuttid join`: asks the token's seeds in turn to be made a member, then writes the directory. Nothing is
// written where all refuse or cannot be reached (kUnreachable). Blocks. The cluster's id.
Outcome<Key32> join_cluster(const std::string& token, const std::filesystem::path& directory,
                            const Config& config);

}  // namespace tutti
