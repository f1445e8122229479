#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/scenario.h"
#include "storage/base/result.h"

namespace tutti::sim {

// A scenario as TOML: read with its line named where something cannot be, and written so that it reads back.

// The file, whole. `overrides` are "key=value" as on the command line.
Result<Scenario> read_scenario(const std::string& path, const std::vector<std::string>& overrides);
// The same of a text; `source` is its name in errors.
Result<Scenario> parse_scenario(std::string_view text, const std::string& source,
                                const std::vector<std::string>& overrides);

// A file that reads back as this scenario. Each line of `comment` stands before it as a comment.
std::string write_scenario(const Scenario& scenario, const std::string& comment);
// The scenario in force, defaults and --set included: "network.loss = 0.1", a setting a line. Equal
// configurations run alike.
std::vector<std::string> configuration_of(const Scenario& scenario);

}  // namespace tutti::sim
