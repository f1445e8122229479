#pragma once

#include <string>
#include <vector>

#include "storage/store/store.h"

namespace tutti {

// How a command reads. With Tier::kMemory a command that would wait for the disk writes nothing; it is deferred with
// a FetchRequest.
struct Reading {
  Tier tier = Tier::kAny;
  std::vector<std::string> missed = {};  // targets, as Database::fetch() takes them
};

}  // namespace tutti
