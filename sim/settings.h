#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/scenario.h"

namespace tutti::sim {

// One value from outside, "network.loss", with where it stands.
struct Setting {
  std::string path;
  std::vector<double> numbers;     // one, or two for a range
  std::vector<std::string> words;  // instead of numbers; `listed` if they stood in brackets
  bool listed = false;
  int line = 0;  // 0: from the command line
};

// Every setting of a scenario but those of the lists ([[fault]], [[link]] and so on): how to read it, how to
// write it.
struct SettingSpec {
  std::string path;
  std::function<Result<>(Scenario&, const Setting&)> read;
  std::function<std::string(const Scenario&)> write;  // as a TOML value; empty: not set
  std::function<Range*(Scenario&)> range = {};        // null where it is no range
};
// The one place to add a setting.
const std::vector<SettingSpec>& setting_specs();

// Into the scenario; an error names the setting, the line and what is possible. Paths "fault.KIND.SETTING"
// change every fault of that kind.
Result<> apply_setting(Scenario& scenario, const Setting& setting);
Result<> apply_setting(RegionSpec& region, const Setting& setting);
Result<> apply_setting(LinkSpec& link, const Setting& setting);
Result<> apply_setting(FaultSpec& fault, const Setting& setting);
Result<> apply_setting(ExpectSpec& expect, const Setting& setting);
Result<> apply_setting(CommandSpec& command, const Setting& setting);

// As TOML values.
std::string toml_number(double value);
std::string toml_range(const Range& range);
std::string toml_text(std::string_view text);

}  // namespace tutti::sim
