#pragma once

#include <optional>
#include <string>

#include "sim/kernel/scenario.h"
#include "sim/truth/verdict.h"

namespace tutti::sim {

struct ApartReport {
  std::optional<Failure> failure;
  uint64_t trace_hash = 0;
  std::string script;  // if recorded: the scenario with what happened written down (script.h), as TOML
};

// Runs one seed in a process of its own, so that a check() of the core that aborts is a failure like any
// other (its checker is "check"), and a caller with many runs goes on.
//
// Forks: REQUIRES that no other thread runs.
ApartReport run_apart(const Scenario& scenario, uint64_t seed, bool record);

}  // namespace tutti::sim
