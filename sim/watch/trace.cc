#include "sim/watch/trace.h"

#include <cstring>

namespace tutti::sim {

void Trace::absorb(std::string_view bytes) {
  mix(bytes.size());
  uint64_t word;
  for (; bytes.size() >= sizeof word; bytes.remove_prefix(sizeof word)) {
    std::memcpy(&word, bytes.data(), sizeof word);
    mix(word);
  }
  word = 0;
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  mix(word);
}

}  // namespace tutti::sim
