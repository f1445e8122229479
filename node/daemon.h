#pragma once

#include <filesystem>

#include "node/setup/data_directory.h"
#include "storage/base/outcome.h"

namespace tutti {

// `tuttid run`: one node, until a signal ends it. SIGTERM and SIGINT drain: no more commands, every reply
// that may go goes, everything is merged and synced. A second one leaves at once; the log brings back what it
// must. Errors say what hindered the start; after it there are none.
Outcome<> run_node(const std::filesystem::path& directory, const DataDirectory& contents);

}  // namespace tutti
