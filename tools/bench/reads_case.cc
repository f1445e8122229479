#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <thread>

#include "storage/store/rocks_probe.h"
#include "storage/store/rocks_store.h"
#include "tools/bench/cases.h"
#include "tools/bench/scratch.h"
#include "tools/bench/set_workload.h"

namespace tutti::bench {
namespace {

constexpr int kRuns = 5;
constexpr int kRounds = 8;  // merges the keys come in, each over the whole range of keys
constexpr size_t kReadsPerRun = 20'000;
constexpr size_t kFields = 20;
constexpr size_t kKeysPerHash = 100;  // one hash for that many keys
constexpr auto kSettlingMax = std::chrono::seconds(120);

template <class T>
std::optional<T> or_say(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "tutti-bench reads: %s\n", result.error().message.c_str());
  return std::nullopt;
}

struct Random {
  uint64_t state;
  uint64_t next() { return (state = state * 6364136223846793005ull + 1442695040888963407ull) >> 20; }
};

std::string register_row(uint64_t number) { return row_key_of(number, "r"); }

// Half of it is incompressible: users' values are at least that.
std::string value_of(uint64_t number, size_t bytes) {
  std::string value;
  Random random{number};
  while (value.size() < bytes) {
    const uint64_t word = random.next();
    value.append(reinterpret_cast<const char*>(&word), 4).append(4, 'x');
  }
  value.resize(bytes);
  return value;
}

// Even numbers are keys, odd ones are absent and lie between them.
struct Data {
  size_t keys;
  size_t value_bytes;
  size_t hashes() const { return std::max<size_t>(1, keys / kKeysPerHash); }
  static std::string hash(uint64_t number) {
    std::string key("h");
    return key.append(key_of(number));
  }
};

Result<> write_round(Store& store, const Data& data, int round) {
  auto merge = store.begin_merge();
  if (!merge) return std::unexpected(merge.error());
  for (uint64_t hash = 0; hash < data.hashes(); ++hash) {  // 'h' sorts before 'k'
    for (size_t field = 0; field < kFields; ++field) {
      if ((hash + field) % kRounds != static_cast<uint64_t>(round)) continue;
      const std::string row = Data::hash(hash * 2) + "h" + static_cast<char>('a' + field);
      if (auto put = (*merge)->put(row, value_of(hash + field, data.value_bytes)); !put) return put;
    }
  }
  // Scattered over the merges as a hash would: not a stride, whose files would compress better.
  for (uint64_t number = 0; number < data.keys; ++number) {
    if ((number * 0x9E3779B97F4A7C15ull >> 40) % kRounds != static_cast<uint64_t>(round)) continue;
    if (auto put = (*merge)->put(register_row(number * 2), value_of(number, data.value_bytes)); !put)
      return put;
  }
  return (*merge)->commit(Position{0}, "round");
}

void print_levels(Store& store, const char* when) {
  std::printf("%s:", when);
  for (const RowsLevel& level : rows_levels(store)) {
    std::printf("  level %d: %zu files, %.1f MB", level.level, level.files,
                static_cast<double>(level.bytes) / 1e6);
  }
  std::printf("\n");
}

size_t level0_files(Store& store) {
  for (const RowsLevel& level : rows_levels(store)) {
    if (level.level == 0) return level.files;
  }
  return 0;
}

// Waits until the store has no more to compact: few files at level 0, and no more changes.
void settle(Store& store) {
  constexpr size_t kLevel0FilesAtRest = 2;
  const auto start = std::chrono::steady_clock::now();
  const auto shape = [&] {
    std::vector<size_t> files;
    for (const RowsLevel& level : rows_levels(store)) files.push_back(level.files);
    return files;
  };
  auto last = shape();
  for (int quiet = 0; quiet < 5 && std::chrono::steady_clock::now() - start < kSettlingMax;) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const auto now = shape();
    const bool resting = level0_files(store) <= kLevel0FilesAtRest;
    quiet = resting && now == last ? quiet + 1 : 0;
    last = now;
  }
}

// One way of reading. `read` says how many rows it found; what it does beyond that is its own.
struct Way {
  const char* name;
  std::function<Result<size_t>(uint64_t number)> read;
};

struct Figure {
  std::vector<double> us;  // CPU a read, one a run
  double found = 0;        // rows a read
  double unavailable = 0;  // share of the reads
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

bool run_once(const Way& way, Figure& figure, const std::function<uint64_t(Random&)>& pick, uint64_t seed) {
  // Draw the numbers first, so that only the reading is measured. Each way has its own numbers; else the second way
  // would find the first one's rows in the cache.
  Random random{seed};
  std::vector<uint64_t> numbers(kReadsPerRun);
  for (auto& number : numbers) number = pick(random);
  size_t found = 0, unavailable = 0;
  Timer timer;
  timer.start();
  for (const uint64_t number : numbers) {
    const auto rows = way.read(number);
    if (rows) {
      found += *rows;
    } else if (rows.error().code == ErrorCode::kUnavailable) {
      ++unavailable;
    } else {
      std::fprintf(stderr, "tutti-bench reads: %s\n", rows.error().message.c_str());
      return false;
    }
  }
  timer.stop();
  figure.us.push_back(timer.us_per(kReadsPerRun));
  figure.found = static_cast<double>(found) / kReadsPerRun;
  figure.unavailable = static_cast<double>(unavailable) / kReadsPerRun;
  return true;
}

// The ways run in turn, since a machine's speed changes. The others of a group are compared with its first.
bool measure(const char* what, const std::vector<Way>& ways, const std::function<uint64_t(Random&)>& pick) {
  std::vector<Figure> figures(ways.size());
  uint64_t seed = 1;
  for (const Way& way : ways) {  // fills the cache
    Figure unused;
    if (!run_once(way, unused, pick, ++seed)) return false;
  }
  for (int run = 0; run < kRuns; ++run) {
    for (size_t i = 0; i < ways.size(); ++i) {
      if (!run_once(ways[i], figures[i], pick, ++seed)) return false;
    }
  }
  const double reference = median(figures[0].us);
  for (size_t i = 0; i < ways.size(); ++i) {
    const double us = median(figures[i].us);
    std::printf("%-10s %-34s %8.3f us   %5.2f of its speed   %.2f rows", what, ways[i].name, us,
                reference / us, figures[i].found);
    if (figures[i].unavailable > 0) std::printf("   %.2f not in memory", figures[i].unavailable);
    std::printf("\n");
  }
  return true;
}

// The ways by which a node reads.
struct Ways {
  explicit Ways(Store& store) : bare(store), snapshot(store.rows()) {
    cursor = snapshot->cursor();
    key_cursor = snapshot->key_cursor();
    memory_cursor = snapshot->key_cursor(Tier::kMemory);
  }

  std::vector<Way> of_a_register() {
    return {{"RocksDB Get", [this](uint64_t n) { return one(bare.get(register_row(n), value)); }},
            {"RocksDB Get, not copied", [this](uint64_t n) { return one(bare.get(register_row(n))); }},
            {"get", [this](uint64_t n) { return one(snapshot->get(register_row(n), value)); }},
            {"key_cursor", [this](uint64_t n) { return walk(*key_cursor, key_of(n)); }},
            {"cursor", [this](uint64_t n) { return walk(*cursor, key_of(n)); }},
            {"get, memory alone",
             [this](uint64_t n) { return one(snapshot->get(register_row(n), value, Tier::kMemory)); }},
            {"key_cursor, memory alone", [this](uint64_t n) { return walk(*memory_cursor, key_of(n)); }}};
  }
  std::vector<Way> of_a_hash() {
    return {
        {"RocksDB Get of one row", [this](uint64_t n) { return one(bare.get(Data::hash(n) + "ha", value)); }},
        {"key_cursor over all 20", [this](uint64_t n) { return walk(*key_cursor, Data::hash(n)); }},
        {"cursor over all 20", [this](uint64_t n) { return walk(*cursor, Data::hash(n)); }}};
  }

  BareReads bare;
  std::shared_ptr<const RowsSnapshot> snapshot;
  std::unique_ptr<RowCursor> cursor, key_cursor, memory_cursor;
  std::string value;

 private:
  static Result<size_t> one(Result<bool> found) {
    if (!found) return std::unexpected(std::move(found.error()));
    return *found ? 1 : 0;
  }
  Result<size_t> walk(RowCursor& rows, const std::string& prefix) {
    size_t found = 0;
    auto moved = rows.seek(prefix);
    for (; moved && rows.valid() && rows.key().starts_with(prefix); moved = rows.next()) {
      value = rows.value();
      ++found;
    }
    if (!moved) return std::unexpected(std::move(moved.error()));
    return found;
  }
};

bool measure_all(Store& store, const Data& data) {
  Ways ways(store);
  const auto present = [&](Random& random) { return random.next() % data.keys * 2; };
  const auto absent = [&](Random& random) { return random.next() % data.keys * 2 + 1; };
  const auto hash = [&](Random& random) { return random.next() % data.hashes() * 2; };
  const auto absent_hash = [&](Random& random) { return random.next() % data.hashes() * 2 + 1; };
  return measure("present", ways.of_a_register(), present) &&
         measure("absent", ways.of_a_register(), absent) && measure("20 rows", ways.of_a_hash(), hash) &&
         measure("no rows", ways.of_a_hash(), absent_hash);
}

}  // namespace

int run_reads(const Arguments& arguments) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // it takes minutes: each line as it comes
  const Scratch scratch(arguments.directory);
  const Data data{arguments.keys, arguments.value_bytes};
  RocksStoreOptions options;
  options.block_cache_bytes = arguments.cache_bytes != 0
                                  ? arguments.cache_bytes
                                  : std::max<size_t>(1 << 20, data.keys * (data.value_bytes + 50) / 10);
  std::printf(
      "%zu keys of %zu-byte values and %zu of %zu rows, in %d merges; block cache %.1f MB; CPU time\n",
      data.keys, data.value_bytes, data.hashes(), kFields, kRounds,
      static_cast<double>(options.block_cache_bytes) / 1e6);
  const auto open = [&] { return or_say(open_rocks_store(scratch.store(), options)); };
  const auto quiet = options.compact_when_quiet;
  options.compact_when_quiet = std::chrono::hours(24);
  auto store = open();
  if (!store) return 4;
  for (int round = 0; round < kRounds; ++round) {
    if (auto written = write_round(**store, data, round); !written) {
      std::fprintf(stderr, "tutti-bench reads: %s\n", written.error().message.c_str());
      return 4;
    }
  }
  print_levels(**store, "after the merges");
  if (!measure_all(**store, data)) return 4;
  print_levels(**store, "after these reads");
  options.compact_when_quiet = quiet;
  store.reset();
  store = open();
  if (!store) return 4;
  settle(**store);
  print_levels(**store, "at rest");
  return measure_all(**store, data) ? 0 : 4;
}

}  // namespace tutti::bench
