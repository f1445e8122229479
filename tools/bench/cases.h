#pragma once

#include <cstddef>
#include <string>

namespace tutti::bench {

struct Arguments {
  size_t keys = 1'000'000;
  size_t value_bytes = 100;
  size_t cache_bytes = 0;  // of the block cache of what reads from disk; 0: a tenth of the rows
  std::string directory;   // for what needs a disk; a fresh one below it is used, and removed
};

// Each prints its figures, a line each, and returns the exit code. A new case: a file, a line here, one in main.cc.
int run_table(const Arguments& arguments);    // the table and Database in memory, CPU time alone
int run_storage(const Arguments& arguments);  // Database on RocksDB, beside bare ascending appends
int run_reads(const Arguments& arguments);    // reads from a store on disk, beside RocksDB's own
int run_actors(const Arguments& arguments);   // what a write costs with many actors in the clock

}  // namespace tutti::bench
