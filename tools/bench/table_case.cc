#include <cstdio>
#include <cstdlib>

#include "storage/database.h"
#include "storage/store/memory_store.h"
#include "storage/table/blind_writer.h"
#include "tools/bench/cases.h"
#include "tools/bench/set_workload.h"

namespace tutti::bench {
namespace {

// The table alone, as Database drives it.
void bench_table(size_t keys, size_t value_bytes) {
  MemoryStore store(std::make_shared<MemoryDisk>());
  Layers layers;
  layers.tables = {std::make_shared<Table>(kKey), std::make_shared<Table>(kKey)};
  layers.disk = store.rows();
  BlindWriter blind(layers);
  Writer writer;
  std::vector<Operation> batch;  // what does not fill one goes with the next phase's first
  for (const char* phase : {"table: insert", "table: overwrite"}) {
    Timer timer;
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
  std::vector<Operation> batch;  // what does not fill one goes with the next phase's first
  for (const char* phase : {"database: insert", "database: overwrite"}) {
    Timer applied, committed;
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

int run_table(const Arguments& arguments) {
  bench_table(arguments.keys, arguments.value_bytes);
  bench_database(arguments.keys, arguments.value_bytes);
  return 0;
}

}  // namespace tutti::bench
