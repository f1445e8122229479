#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "protocol/durability.h"
#include "storage/base/outcome.h"

namespace tutti {

// The settings of one node: DIR/tutti.toml. config_text() documents every key.
struct Config {
  std::string name;                     // for eyes; empty: the host's name
  std::string listen = "0.0.0.0:4400";  // members, UDP and TCP
  std::string advertise;                // what others dial; empty: found from `listen`
  std::string resp = "127.0.0.1:4401";
  std::string http = "127.0.0.1:4402";  // kept for the HTTP door
  std::string password;                 // of the RESP and HTTP doors; empty: none
  Durability durability = Durability::kAlways;
  uint64_t memory_bytes = 512ull << 20;  // of rows not yet merged; 16 MiB and more
  uint64_t cache_bytes = 512ull << 20;   // of rows on disk, kept in memory for readers
  std::vector<std::string> seeds;        // [members]: endpoints that are tried while a member is missing
  std::string log = "info";              // "debug", "info", "warn", "error"
};

// A new node's file, with every key explained. parse_config() of it gives the same Config.
std::string config_text(const Config& config);

// kUsage: which key on which line of `path` is unknown, missing or wrong.
Outcome<Config> parse_config(const std::string& text, const std::filesystem::path& path);

// Refuses a door that is open to other machines without a password, and malformed addresses.
Outcome<> check_config(const Config& config);

}  // namespace tutti
