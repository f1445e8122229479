#include <algorithm>
#include <chrono>
#include <cstdio>
#include <future>
#include <optional>

#include "storage/database.h"
#include "storage/model/operation_codec.h"
#include "storage/store/rocks_store.h"
#include "tools/bench/cases.h"
#include "tools/bench/scratch.h"
#include "tools/bench/set_workload.h"

namespace tutti::bench {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr int kRuns = 5;

double seconds_since(SteadyTime start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Outcome {
  double per_second = 0;
  double longest_ms = 0;  // of one batch: what a client waits
};

template <class T>
std::optional<T> or_say(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "tutti-bench storage: %s\n", result.error().message.c_str());
  return std::nullopt;
}

// The upper bound: the same batches, encoded beforehand and only appended.
std::optional<Outcome> bare_appends(const Arguments& arguments) {
  const Scratch scratch(arguments.directory);
  auto store = or_say(open_rocks_store(scratch.store(), {}));
  if (!store) return std::nullopt;
  Writer writer;
  std::vector<std::string> records;
  std::vector<Operation> batch;
  for (const uint32_t number : scattered(arguments.keys, 1)) {
    batch.push_back(writer.set(number, arguments.value_bytes));
    if (batch.size() < kBatch) continue;
    encode_operations({}, batch, records.emplace_back());
    batch.clear();
  }
  const auto start = std::chrono::steady_clock::now();
  for (size_t i = 0; i < records.size(); ++i) {
    if (!(*store)->append(Position{i + 1}, records[i])) return std::nullopt;
  }
  return Outcome{static_cast<double>(records.size() * kBatch) / seconds_since(start), 0};
}

// A node's work for a write, without the network: operation, table, log. Merges run on a second thread, as in the
// daemon, and one more at the end, which counts too.
std::optional<Outcome> whole(const Arguments& arguments) {
  const Scratch scratch(arguments.directory);
  auto store = or_say(open_rocks_store(scratch.store(), {}));
  if (!store) return std::nullopt;
  auto opened = or_say(Database::open(**store, kKey, {}));
  if (!opened) return std::nullopt;
  Database& db = **opened;
  std::unique_ptr<Database::Merge> merge;
  std::future<Result<>> merging;
  const auto finish = [&] { return db.finish_merge(std::move(merge), merging.get()); };
  const auto begin = [&] {
    merge = db.begin_merge();
    merging = std::async(std::launch::async, [&m = *merge] { return m.run(); });
  };
  Writer writer;
  Outcome outcome;
  size_t done = 0;
  const auto order = scattered(arguments.keys, 1);
  const auto start = std::chrono::steady_clock::now();
  while (done + kBatch <= order.size()) {
    const auto batch_start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < kBatch; ++i) {
      if (!db.apply(writer.set(order[done + i], arguments.value_bytes))) return std::nullopt;
    }
    if (!db.commit()) return std::nullopt;
    done += kBatch;
    if (merge && merging.wait_for(std::chrono::seconds(0)) == std::future_status::ready && !finish())
      return std::nullopt;
    if (!merge && db.merge_due()) begin();
    outcome.longest_ms = std::max(outcome.longest_ms, seconds_since(batch_start) * 1e3);
    if (db.pressure() >= 1 && merge && !finish()) return std::nullopt;  // as the doors do: writers wait
  }
  if (merge && !finish()) return std::nullopt;
  begin();
  if (!finish()) return std::nullopt;
  outcome.per_second = static_cast<double>(done) / seconds_since(start);
  return outcome;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int run_storage(const Arguments& arguments) {
  std::vector<double> bare, all, longest;
  for (int run = 0; run < kRuns; ++run) {  // in turn, since a machine's speed changes
    const auto limit = bare_appends(arguments);
    const auto outcome = whole(arguments);
    if (!limit || !outcome) return 4;
    bare.push_back(limit->per_second);
    all.push_back(outcome->per_second);
    longest.push_back(outcome->longest_ms);
  }
  std::printf("%zu keys, %zu-byte values, batches of %zu, median of %d runs in turn\n", arguments.keys,
              arguments.value_bytes, kBatch, kRuns);
  std::printf("ascending appends alone      %10.0f /s\n", median(bare));
  std::printf("log + table + merges         %10.0f /s   %.2f of appends\n", median(all),
              median(all) / median(bare));
  std::printf("longest batch                %10.1f ms\n", median(longest));
  return 0;
}

}  // namespace tutti::bench
