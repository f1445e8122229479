#pragma once

#include <cstdint>
#include <string>

#include "storage/base/ids.h"

namespace tutti {

// The one state of health of a node: every door shows it, and its probes carry it to the other members.
struct Health {
  enum class State : uint8_t {
    kWell = 0,
    kDiskFull = 1,    // no writes until there is room; they go on by themselves
    kDiskFailed = 2,  // no writes until a restart
  };
  State state = State::kWell;
  std::string words;  // what is wrong, and what to do; empty: well
  // What an earlier process of this node had on disk, and is gone; for the life of this process. Empty: nothing.
  std::string lost;
};

inline ByteView name_of(Health::State state) {
  switch (state) {
    case Health::State::kWell: return "ok";
    case Health::State::kDiskFull: return "disk full";
    case Health::State::kDiskFailed: return "disk failed";
  }
  return "unknown";
}

}  // namespace tutti
