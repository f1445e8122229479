#include "sim/trace.h"

#include <cstring>

namespace tutti::sim {
namespace {

double seconds(Instant at) { return static_cast<double>(at.time_since_epoch().count()) / 1e9; }

}  // namespace

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

void Trace::print(Instant at, size_t node, const char* kind, size_t size) {
  std::fprintf(file_, "%14.9f n%zu %s %zu\n", seconds(at), node, kind, size);
}

void Trace::print(Instant at, size_t node, const char* kind, std::string_view text) {
  std::fprintf(file_, "%14.9f n%zu %s %.*s\n", seconds(at), node, kind, static_cast<int>(text.size()),
               text.data());
}

}  // namespace tutti::sim
