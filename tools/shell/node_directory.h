#pragma once

#include <filesystem>

#include "tools/shell/connection.h"

namespace tutti {

// Reads from a node's DIR/tutti.toml where its RESP door is and what password it asks for. kUsage where there
// is no such node, kTrouble where the file cannot be read.
Outcome<> read_door(const std::filesystem::path& directory, Door& door);

}  // namespace tutti
