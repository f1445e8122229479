#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/kernel/scenario.h"
#include "storage/base/result.h"

namespace tutti::sim {

// Every setting of a scenario but those of the lists ([[fault]], [[link]] and so on): how to read it, how to
// write it.
struct SettingSpec {
  std::string path;
  std::function<Result<>(Scenario&, const Setting&)> read;
  std::function<std::string(const Scenario&)> write;  // as a TOML value; empty: not set
  std::function<Range*(Scenario&)> range = {};        // null where it is no range
  bool whole = false;                                 // no fractions
};
// The one place to add a setting.
const std::vector<SettingSpec>& setting_specs();

// Into the scenario; an error names the setting, the line and what is possible. Paths "fault.KIND.SETTING"
// change every fault of that kind.
Result<> apply_setting(Scenario& scenario, const Setting& setting);
// A table of them, in any order: "cluster.sizes", which sets others, comes first.
Result<> apply_settings(Scenario& scenario, const std::vector<Setting>& settings);
Result<> apply_setting(RegionSpec& region, const Setting& setting);
Result<> apply_setting(LinkSpec& link, const Setting& setting);
Result<> apply_setting(FaultSpec& fault, const Setting& setting);
// What is no part of the theme itself is a setting of the scenario's; apply_theme() says whether it can be.
Result<> apply_setting(ThemeSpec& theme, const Setting& setting);
Result<> apply_setting(ExpectSpec& expect, const Setting& setting);
Result<> apply_setting(CommandSpec& command, const Setting& setting);

// Makes the scenario what the theme says, the kinds of faults too. An error names what is not possible.
Result<> apply_theme(Scenario& scenario, const ThemeSpec& theme);

}  // namespace tutti::sim
