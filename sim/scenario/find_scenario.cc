#include <algorithm>
#include <filesystem>

#include "sim/scenario/builtin_scenarios.h"
#include "sim/scenario/scenario_file.h"

namespace tutti::sim {

std::string first_words(std::string_view text) {
  std::string words;
  while (text.starts_with('#')) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(1, end - 1);
    words += line.empty() || line.starts_with(' ') || words.empty() ? "" : " ";
    words += words.empty() && line.starts_with(' ') ? line.substr(1) : line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

Result<Scenario> find_scenario(const std::string& name, const std::vector<std::string>& overrides) {
  std::error_code none;
  if (std::filesystem::exists(name, none)) {
    if (!std::filesystem::is_regular_file(name, none))
      return error(ErrorCode::kMalformed, name + " is no file: name a scenario file");
    if (std::filesystem::file_size(name, none) == 0)
      return error(ErrorCode::kMalformed, name + " is empty; sim/README.md shows a scenario");
    return read_scenario(name, overrides);
  }
  const auto& shipped = builtin_scenarios();
  const auto found = std::ranges::find(shipped, name, &BuiltinScenario::name);
  if (found != shipped.end()) return parse_scenario(found->text, name, overrides);
  std::string names;
  for (const auto& each : shipped) names += (names.empty() ? "" : ", ") + std::string(each.name);
  return error(ErrorCode::kMalformed,
               name + " is neither a file nor a scenario that ships with this program: " + names);
}

}  // namespace tutti::sim
