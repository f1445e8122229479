#pragma once

#include <filesystem>

#include "tools/shell/connection.h"

namespace tutti {

// Reads the address and the password of a node's RESP door from its DIR/tutti.toml. kUsage: there is no such node.
// kTrouble: the file cannot be read.
Outcome<> read_door(const std::filesystem::path& directory, Door& door);

}  // namespace tutti
