// How long a write takes in memory: SET-like key edits through Database::apply, and the table's bytes a key.
//
//   table_bench [keys = 1000000] [value bytes = 100]
//
// Prints, of each phase, microseconds of CPU an operation, without making the operations or writing the log.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numeric>
#include <vector>

#include "storage/blind_writer.h"
#include "storage/database.h"
#include "storage/memory_store.h"
#include "storage/payload.h"

namespace {

using namespace tutti;

constexpr HashKey kKey{1, 2, 3, 4, 5, 6, 7, 8};
constexpr size_t kBatch = 64;

std::string key_of(uint64_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "key:%012llu", static_cast<unsigned long long>(number));
  return key_prefix(text);
}

// A scattered order of all numbers below `n`, the same at each run.
std::vector<uint32_t> scattered(size_t n, uint64_t state) {
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

// The table alone, as Database drives it.
void bench_table(size_t keys, size_t value_bytes) {
  MemoryStore store(std::make_shared<MemoryDisk>());
  Layers layers;
  layers.tables = {std::make_shared<Table>(kKey), std::make_shared<Table>(kKey)};
  layers.disk = store.rows();
  BlindWriter blind(layers);
  Writer writer;
  for (const char* phase : {"table: insert", "table: overwrite"}) {
    Timer timer;
    std::vector<Operation> batch;
    for (const uint32_t number : scattered(keys, writer.counter + 1)) {
      batch.push_back(writer.set(number, value_bytes));
      if (batch.size() < kBatch) continue;
      timer.start();
      for (const Operation& op : batch) {
        if (!blind.write(op)) std::abort();
      }
      timer.stop();
      batch.clear();
    }
    std::printf("%-20s %.3f us\n", phase, timer.us_per(keys));
  }
  std::printf("%-20s %.1f bytes a key beyond its value\n", "table: memory",
              static_cast<double>(layers.current().bytes()) / static_cast<double>(keys) -
                  static_cast<double>(value_bytes));
}

void bench_database(size_t keys, size_t value_bytes) {
  MemoryStore store(std::make_shared<MemoryDisk>());
  auto opened = Database::open(store, kKey, {.table_bytes_max = 8ull << 30, .merge_log_bytes = 8ull << 30});
  if (!opened) std::abort();
  Database& db = **opened;
  Writer writer;
  for (const char* phase : {"database: insert", "database: overwrite"}) {
    Timer applied, committed;
    std::vector<Operation> batch;
    for (const uint32_t number : scattered(keys, writer.counter + 1)) {
      batch.push_back(writer.set(number, value_bytes));
      if (batch.size() < kBatch) continue;
      applied.start();
      for (Operation& op : batch) {
        if (!db.apply(std::move(op))) std::abort();
      }
      applied.stop();
      committed.start();
      if (!db.commit()) std::abort();
      committed.stop();
      batch.clear();
    }
    std::printf("%-20s %.3f us apply, %.3f us commit\n", phase, applied.us_per(keys), committed.us_per(keys));
  }
  Timer read;
  uint64_t found = 0;
  std::vector<std::string> rows;
  for (const uint32_t number : scattered(keys, 99)) rows.push_back(key_of(number) + "r");
  read.start();
  for (const auto& row : rows) found += !(*db.read(row))->empty();
  read.stop();
  std::printf("%-20s %.3f us\n", "database: read", read.us_per(found));
  Timer counted;
  counted.start();
  const auto count = db.key_count();
  counted.stop();
  std::printf("%-20s %.3f us a key, %llu keys\n", "database: count", counted.us_per(keys),
              static_cast<unsigned long long>(*count));
  Timer merged;
  auto merge = db.begin_merge();
  merged.start();
  auto outcome = merge->run();
  merged.stop();
  if (!db.finish_merge(std::move(merge), std::move(outcome))) std::abort();
  std::printf("%-20s %.3f us a key (into memory)\n", "database: merge", merged.us_per(keys));
}

}  // namespace

int main(int argc, char** argv) {
  const size_t keys = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const size_t value_bytes = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100;
  bench_table(keys, value_bytes);
  bench_database(keys, value_bytes);
}
