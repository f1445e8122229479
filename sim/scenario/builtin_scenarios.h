#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/scenario.h"
#include "storage/base/result.h"

namespace tutti::sim {

// The files of sim/scenarios, part of the program: found by name wherever it runs.
struct BuiltinScenario {
  std::string_view name;  // "ci"
  std::string_view text;  // the file
};
const std::vector<BuiltinScenario>& builtin_scenarios();  // by name; builtin_scenarios.cc.in

// The comment that a scenario begins with, in one line: what it shows.
std::string first_words(std::string_view text);

// A file, or, where there is none, the shipped scenario of that name.
Result<Scenario> find_scenario(const std::string& name, const std::vector<std::string>& overrides);

}  // namespace tutti::sim
