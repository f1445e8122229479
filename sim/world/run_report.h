#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "sim/truth/verdict.h"

namespace tutti::sim {

// What one seed did, for its line.
struct RunReport {
  uint64_t seed = 0;
  std::optional<Failure> failure;
  uint64_t trace_hash = 0;
  double virtual_seconds = 0, real_seconds = 0;
  size_t nodes = 0;
  uint64_t events = 0, operations = 0, acknowledged = 0, joins = 0, merges = 0, starts = 0, comparisons = 0,
           datagrams = 0;
  std::optional<uint64_t> rounds;  // probe periods until clocks were equal after healing
  std::string variant;             // what a swarm's seed was made of
  std::string figures;             // the headline metrics, where they were recorded
  std::string untold;              // an expectation that the run has no figure for
  std::string errors;              // kinds of error replies that clients got
};

}  // namespace tutti::sim
