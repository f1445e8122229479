#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace tutti::sim {

// `bounds`: one buffer as it stands.
struct BufferUse {
  const char* what;  // "operations that wait"
  uint64_t used, bound;
};
// The first that is over its bound, in words; empty where all keep theirs.
inline std::string over_bound(std::span<const BufferUse> buffers) {
  for (const BufferUse& buffer : buffers) {
    if (buffer.used > buffer.bound)
      return std::string(buffer.what) + ": " + std::to_string(buffer.used) + "; the bound is " +
             std::to_string(buffer.bound);
  }
  return {};
}

}  // namespace tutti::sim
