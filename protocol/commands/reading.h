#pragma once

#include <string>
#include <vector>

#include "storage/store/store.h"

namespace tutti {

// How a command reads. With Tier::kMemory one that would have to wait for the disk is deferred with a FetchRequest
// instead, and has written nothing.
struct Reading {
  Tier tier = Tier::kAny;
  std::vector<std::string> missed = {};  // targets, as Database::fetch() takes them
};

}  // namespace tutti
