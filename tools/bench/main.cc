#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>

#include "tools/bench/cases.h"

namespace {

struct Case {
  const char* name;
  const char* what;
  int (*run)(const tutti::bench::Arguments&);
};

constexpr std::array kCases{
    Case{"table", "writes and reads in memory: microseconds of CPU an operation", tutti::bench::run_table},
    Case{"storage", "log, table and merge on RocksDB, beside bare ascending appends",
         tutti::bench::run_storage},
    Case{"reads", "point reads from a store on disk, beside RocksDB's own", tutti::bench::run_reads},
    Case{"actors", "a write after as many starts as there are actors", tutti::bench::run_actors},
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"tutti-bench: how fast the storage of a node is, without network and clients", "tutti-bench"};
  app.require_subcommand(1);
  tutti::bench::Arguments arguments;
  arguments.directory = std::filesystem::temp_directory_path().string();
  int code = 0;
  for (const Case& c : kCases) {
    CLI::App* sub = app.add_subcommand(c.name, c.what);
    sub->add_option("--keys", arguments.keys, "how many keys (default 1000000)")
        ->check(CLI::Range(64, 100'000'000));
    sub->add_option("--value-bytes", arguments.value_bytes, "of each value (default 100)")
        ->check(CLI::Range(0, 1 << 20));
    sub->add_option("--cache-bytes", arguments.cache_bytes,
                    "of the block cache, in 'reads' (default: a tenth of the rows)");
    sub->add_option("--dir", arguments.directory, "where the data goes")->check(CLI::ExistingDirectory);
    sub->callback([&code, &arguments, run = c.run] { code = run(arguments); });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  return code;
}
