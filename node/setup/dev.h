#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "storage/base/outcome.h"

namespace tutti {

struct DevOptions {
  size_t nodes = 3;  // 1 to 9
  std::filesystem::path directory = "tutti-dev";
  uint16_t port = 4400;  // of the first node; each node takes three, ten apart. Taken ones are passed over
};

// `tuttid dev`: a whole cluster on this machine, a process a node, until SIGINT or SIGTERM. Nodes found in
// the directory are used again; missing ones join with tokens, as anywhere else.
Outcome<> run_dev_cluster(const DevOptions& options);

}  // namespace tutti
