#include <malloc.h>

#include <cstdio>

#include "storage/database.h"
#include "storage/store/memory_store.h"
#include "tools/bench/cases.h"
#include "tools/bench/set_workload.h"

namespace tutti::bench {
namespace {

constexpr size_t kWrites = 20'000;
constexpr uint64_t kOdd = 0x9E3779B97F4A7C15ull;  // spreads actors as if they were drawn

double allocated_bytes() {
  const auto use = ::mallinfo2();
  return static_cast<double>(use.uordblks + use.hblkhd);
}

// A clock of so many actors: what it holds in memory.
VersionVector clock_of(size_t actors, double& bytes_each) {
  std::vector<VersionVector::Entry> entries;
  for (size_t i = 1; i <= actors; ++i) entries.push_back({{i * kOdd}, {1 + i % 1000}});
  const double before = allocated_bytes();
  VersionVector clock(entries);
  bytes_each = (allocated_bytes() - before) / static_cast<double>(actors);
  return clock;
}

// Two writers in turn, each after what the other wrote: every write has another past, and ends a turn.
int measure(size_t actors, size_t value_bytes) {
  double bytes_each = 0;
  const VersionVector clock = clock_of(actors, bytes_each);
  MemoryStore store(std::make_shared<MemoryDisk>());
  auto opened = Database::open(store, kKey, {.table_bytes_max = 8ull << 30, .merge_log_bytes = 8ull << 30});
  if (!opened) return 1;
  Database& db = **opened;
  if (!db.join(clock, {})) return 1;
  Writer writers[] = {{.actor = {42}}, {.actor = {43}}};
  const uint64_t log_before = store.log_bytes();
  Timer timer, hashing;
  for (size_t i = 0; i < kWrites; ++i) {
    Writer& writer = writers[i % 2];
    timer.start();
    auto past = std::make_shared<VersionVector>(db.clock());
    past->remove(writer.actor);
    writer.past = std::move(past);
    if (!db.apply(writer.set(i % 1000, value_bytes)) || !db.commit()) return 1;
    timer.stop();
    hashing.start();
    (void)db.clock_hash();
    hashing.stop();
  }
  std::printf(
      "%8zu actors: %.2f us and %.0f bytes of log a write, %.2f us a clock's hash, %.0f bytes of memory an "
      "actor\n",
      actors, timer.us_per(kWrites), static_cast<double>(store.log_bytes() - log_before) / kWrites,
      hashing.us_per(kWrites), bytes_each);
  return 0;
}

}  // namespace

int run_actors(const Arguments& arguments) {
  for (const size_t actors : {10u, 1'000u, 10'000u, 100'000u}) {
    if (measure(actors, arguments.value_bytes) != 0) return 1;
  }
  return 0;
}

}  // namespace tutti::bench
