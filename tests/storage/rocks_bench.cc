// How fast the store on disk is, beside plain puts into the same RocksDB. Prints the median of five runs
// each.
//
//   usage: rocks_bench DIRECTORY [ROWS]     (made and removed; default 1000000 rows)

#include <rocksdb/db.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "storage/store/rocks_store.h"

using namespace tutti;

namespace {

constexpr int kRuns = 5;
constexpr uint64_t kBatch = 64;          // operations of one commit
constexpr size_t kOperationBytes = 130;  // in the log
constexpr size_t kValueBytes = 100;      // in a row
constexpr uint64_t kAppends = 1'000'000;

void must(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "rocks_bench: %s failed\n", what);
  std::exit(4);
}

double median_seconds(const std::function<double()>& run) {
  std::vector<double> seconds;
  for (int i = 0; i < kRuns; ++i) seconds.push_back(run());
  std::sort(seconds.begin(), seconds.end());
  return seconds[kRuns / 2];
}

double timed(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double report(const char* what, uint64_t count, double seconds, double against = 0) {
  const double rate = static_cast<double>(count) / seconds;
  std::printf("%-58s %10.0f /s", what, rate);
  if (against > 0) std::printf("   x %.2f", rate / against);
  std::printf("\n");
  std::fflush(stdout);
  return rate;
}

std::string row_key_of(uint64_t number) {
  char key[24];
  std::snprintf(key, sizeof key, "key:%012llu", static_cast<unsigned long long>(number));
  return key;
}

// Half of it compresses, as values do.
std::string bytes_of(uint64_t number, size_t size) {
  std::string out(size, 'x');
  uint64_t state = number * 2 + 1;
  for (size_t i = 0; i < size / 2; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    out[i] = static_cast<char>(state >> 56);
  }
  return out;
}

std::unique_ptr<Store> fresh_store(const std::string& directory) {
  std::filesystem::remove_all(directory);
  auto store = open_rocks_store(directory);
  must(store.has_value(), "opening");
  return std::move(*store);
}

struct PlainDatabase {
  explicit PlainDatabase(const std::string& directory) {
    std::filesystem::remove_all(directory);
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = 64 << 20;
    rocksdb::DB* opened = nullptr;
    must(rocksdb::DB::Open(options, directory, &opened).ok(), "opening plain RocksDB");
    db.reset(opened);
  }
  // Rows in batches, in an order that `number` gives.
  void put(uint64_t rows, const std::function<uint64_t(uint64_t)>& number) {
    for (uint64_t done = 0; done < rows; done += kBatch) {
      rocksdb::WriteBatch batch;
      for (uint64_t i = done; i < std::min(rows, done + kBatch); ++i) {
        must(batch.Put(row_key_of(number(i)), bytes_of(i, kValueBytes)).ok(), "batch");
      }
      must(db->Write({}, &batch).ok(), "writing");
    }
  }
  std::unique_ptr<rocksdb::DB> db;
};

void merge_rows(Store& store, uint64_t rows) {
  const Position next{store.last_position().value + 1};
  must(store.append(next, "x").has_value(), "append");
  auto merge = store.begin_merge();
  must(merge.has_value(), "begin_merge");
  for (uint64_t i = 0; i < rows; ++i) {
    must((*merge)->put(row_key_of(i), bytes_of(i + next.value, kValueBytes)).has_value(), "put");
  }
  must((*merge)->commit(next, "marker").has_value(), "commit");
}

double append_seconds(const std::string& directory, bool synced) {
  auto store = fresh_store(directory);
  std::string record;
  for (uint64_t i = 0; i < kBatch; ++i) record += bytes_of(i, kOperationBytes);
  const uint64_t records = (synced ? kAppends / 20 : kAppends) / kBatch;
  return timed([&] {
    for (uint64_t at = 1; at <= records; ++at) {
      must(store->append({at}, record).has_value(), "append");
      if (synced) must(store->sync().has_value(), "sync");
    }
  });
}

// Cursor seeks to every `step`-th row of those there are.
double seek_seconds(const RowsSnapshot& rows, uint64_t count, uint64_t step) {
  auto cursor = rows.cursor();
  return timed([&] {
    for (uint64_t i = 0; i < count; ++i)
      must(cursor->seek(row_key_of(i * step)).has_value() && cursor->valid(), "seek");
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: rocks_bench DIRECTORY [ROWS]\n");
    return 2;
  }
  const std::string directory = std::string(argv[1]) + "/rocks_bench";
  const uint64_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;

  const double random_puts = report(
      "plain RocksDB: random puts, batches of 64", rows, median_seconds([&] {
        PlainDatabase plain(directory);
        return timed([&] { plain.put(rows, [](uint64_t i) { return i * 2654435761u % 1'000'000'007u; }); });
      }));
  const double ascending_puts =
      report("plain RocksDB: ascending puts, batches of 64", rows, median_seconds([&] {
               PlainDatabase plain(directory);
               return timed([&] { plain.put(rows, [](uint64_t i) { return i; }); });
             }));
  report("log: operations appended, 64 a record", kAppends,
         median_seconds([&] { return append_seconds(directory, false); }), random_puts);
  report("log: operations appended and synced, 64 a record", kAppends / 20,
         median_seconds([&] { return append_seconds(directory, true); }), random_puts);
  report("merge: ascending rows into an empty store", rows, median_seconds([&] {
           auto store = fresh_store(directory);
           return timed([&] { merge_rows(*store, rows); });
         }),
         ascending_puts);
  auto store = fresh_store(directory);
  merge_rows(*store, rows);
  report("merge: ascending rows over the same keys", rows,
         median_seconds([&] { return timed([&] { merge_rows(*store, rows); }); }), ascending_puts);
  const auto snapshot = store->rows();
  report("cursor: rows in order", rows, median_seconds([&] {
           auto cursor = snapshot->cursor();
           return timed([&] {
             for (must(cursor->seek({}).has_value(), "seek"); cursor->valid();)
               must(cursor->next().has_value(), "next");
           });
         }));
  for (const uint64_t step : {2, 4, 8, 16, 64}) {
    const std::string what = "cursor: seeks to every row of " + std::to_string(step);
    report(what.c_str(), rows / step,
           median_seconds([&] { return seek_seconds(*snapshot, rows / step, step); }));
  }
  report("snapshot: gets of random rows", rows / 10, median_seconds([&] {
           std::string value;
           return timed([&] {
             for (uint64_t i = 0; i < rows / 10; ++i) {
               must(snapshot->get(row_key_of(i * 2654435761u % rows), value).value(), "get");
             }
           });
         }));
  return 0;
}
