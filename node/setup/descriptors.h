#pragma once

#include <cstddef>
#include <cstdint>

#include "storage/base/outcome.h"

namespace tutti {

// How the file descriptors that the system gives a process are shared out, so that none of the three ever takes what
// another one needs. Without this, idle clients would keep the store from opening its next file.
struct Descriptors {
  size_t clients = 0;  // of all doors
  size_t members = 0;  // streams that other members have opened to this node
  size_t store = 0;    // sorted files that the store holds open
};

// A node needs this many. Some 200 are for the members it dials, listeners, logs and work in the background.
inline constexpr uint64_t kDescriptorsMin = 512;

// Shares out `limit`. kUnreachable: there are fewer than kDescriptorsMin.
Outcome<Descriptors> share_descriptors(uint64_t limit);
// Raises the process's limit as far as it may go by itself, and shares that out.
Outcome<Descriptors> share_descriptors();

}  // namespace tutti
