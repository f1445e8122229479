#pragma once

#include <filesystem>

#include "node/setup/data_directory.h"
#include "storage/base/outcome.h"

namespace tutti {

// `tuttid run`: runs one node until a signal ends it. SIGTERM and SIGINT drain: the node takes no more commands, sends
// the replies that may go, and merges and syncs everything. A second signal ends it at once; the next start replays
// the log. An
// error says why the start failed, or that the disk failed later. `accept_loss`: starts though the store has lost data.
Outcome<> run_node(const std::filesystem::path& directory, const DataDirectory& contents, bool accept_loss);

}  // namespace tutti
