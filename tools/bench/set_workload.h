#pragma once

#include <cstdio>
#include <ctime>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "storage/model/operation.h"
#include "storage/model/payload.h"
#include "storage/model/row_key.h"

namespace tutti::bench {

// SET-like writes of one actor over scattered keys, as the cases write them.
inline constexpr HashKey kKey{1, 2, 3, 4, 5, 6, 7, 8};
inline constexpr size_t kBatch = 64;

inline std::string key_of(uint64_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "key:%012llu", static_cast<unsigned long long>(number));
  return key_prefix(text);
}

inline std::string row_key_of(uint64_t number, ByteView suffix) { return key_of(number).append(suffix); }

// A scattered order of all numbers below `n`, the same at each run.
inline std::vector<uint32_t> scattered(size_t n, uint64_t state) {
  std::vector<uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  for (size_t i = n; i > 1; --i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    std::swap(order[i - 1], order[(state >> 33) % i]);
  }
  return order;
}

// CPU time of this thread: the machine may be busy with other things.
class Timer {
 public:
  void start() { from_ = now(); }
  void stop() { spent_ += now() - from_; }
  double us_per(size_t n) const { return spent_ / static_cast<double>(n); }

 private:
  static double now() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
  }
  double from_ = 0;
  double spent_ = 0;
};

struct Writer {
  ActorId actor{42};
  uint64_t counter = 0;
  std::shared_ptr<const VersionVector> past = std::make_shared<VersionVector>();

  Operation set(uint64_t number, size_t value_bytes) {
    Operation op{{actor, {++counter}}, {counter << 16}, past, {}};
    op.edits.push_back({Edit::Scope::kKey, key_of(number), value_payload(std::string(value_bytes, 'x')), {}});
    return op;
  }
};

}  // namespace tutti::bench
