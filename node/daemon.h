#pragma once

#include <filesystem>

#include "node/setup/data_directory.h"
#include "storage/base/outcome.h"

namespace tutti {

// `tuttid run`: runs one node until a signal ends it. SIGTERM and SIGINT drain: the node takes no more commands, sends
// the replies that may go, and merges and syncs everything. A second signal ends it at once; the next start replays
// the log. Errors only say why the start failed.
Outcome<> run_node(const std::filesystem::path& directory, const DataDirectory& contents);

}  // namespace tutti
