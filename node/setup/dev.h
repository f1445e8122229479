#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "storage/base/outcome.h"

namespace tutti {

struct DevOptions {
  size_t nodes = 3;  // 1 to 9
  std::filesystem::path directory = "tutti-dev";
  // Of the first node. Each node has three ports, the nodes' ports are ten apart. Ports in use are skipped.
  uint16_t port = 4400;
};

// `tuttid dev`: runs a whole cluster on this machine, one process for each node, until SIGINT or SIGTERM. Nodes found
// in the directory are used again; missing ones join with tokens, as anywhere else.
Outcome<> run_dev_cluster(const DevOptions& options);

}  // namespace tutti
