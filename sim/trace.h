#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "storage/time.h"

namespace tutti::sim {

// Everything that happened in a run, as one hash: the same seed must give the same twice. With a file, also
// as lines a person can read.
class Trace {
 public:
  // `file` may be null; it stays the caller's.
  explicit Trace(std::FILE* file) : file_(file) {}

  // `kind` is a literal: "datagram", "write". Bytes are hashed whole and shown by their size.
  void event(Instant at, size_t node, const char* kind, std::string_view bytes = {}) {
    mix(static_cast<uint64_t>(at.time_since_epoch().count()));
    mix(node);
    absorb(kind);
    absorb(bytes);
    if (file_) print(at, node, kind, bytes.size());
  }
  // A remark, hashed as it stands.
  void note(Instant at, size_t node, const char* kind, std::string_view text) {
    mix(static_cast<uint64_t>(at.time_since_epoch().count()));
    mix(node);
    absorb(kind);
    absorb(text);
    if (file_) print(at, node, kind, text);
  }

  uint64_t hash() const { return hash_; }

 private:
  void mix(uint64_t word) {
    hash_ = (hash_ ^ word) * 0x9E3779B97F4A7C15ull;
    hash_ ^= hash_ >> 32;
  }
  void absorb(std::string_view bytes);
  void print(Instant at, size_t node, const char* kind, size_t size);
  void print(Instant at, size_t node, const char* kind, std::string_view text);

  std::FILE* file_;
  uint64_t hash_ = 0x243F6A8885A308D3ull;
};

}  // namespace tutti::sim
