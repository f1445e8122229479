#pragma once

#include <cstdint>
#include <string_view>

#include "sim/watch/narrator.h"

namespace tutti::sim {

// Everything that happened in a run, as one hash: a seed must give the same hash each time. With a narrator
// also in words.
class Trace {
 public:
  // One turn of a node; `kind` is a literal: "datagram", "timer".
  void turn(Instant at, size_t node, const char* kind, std::string_view bytes) {
    mix_event(at, node, kind, bytes);
    if (narrator_) narrator_->because(node, kind);
  }
  // Something that stands for itself: "kill", or an event of the core with its text.
  void event(Instant at, size_t node, std::string_view what) {
    mix_event(at, node, "event", what);
    if (narrator_) narrator_->happened(at, node, what);
  }

  uint64_t hash() const { return hash_; }

  // May be null; outlives this. What the hash does not need is told to narrator().
  void narrate(Narrator* narrator) { narrator_ = narrator; }
  Narrator* narrator() const { return narrator_; }

 private:
  void mix_event(Instant at, size_t node, std::string_view kind, std::string_view bytes) {
    mix(static_cast<uint64_t>(at.time_since_epoch().count()));
    mix(node);
    absorb(kind);
    absorb(bytes);
  }
  void mix(uint64_t word) {
    hash_ = (hash_ ^ word) * 0x9E3779B97F4A7C15ull;
    hash_ ^= hash_ >> 32;
  }
  void absorb(std::string_view bytes);

  Narrator* narrator_ = nullptr;
  uint64_t hash_ = 0x243F6A8885A308D3ull;
};

}  // namespace tutti::sim
