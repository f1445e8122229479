#include <toml++/toml.h>

#include <optional>

#include "sim/scenario.h"

// The only room for toml++.
namespace tutti::sim {
namespace {

// The words around toml++'s own: what, where.
std::unexpected<Error> broken(const std::string& source, const toml::parse_error& e) {
  const std::string line =
      e.source().begin.line > 0 ? "line " + std::to_string(e.source().begin.line) + ": " : "";
  return error(ErrorCode::kMalformed, source + ": " + line + std::string(e.description()));
}

std::optional<Setting> setting_of(const std::string& path, const toml::node& node) {
  Setting setting{path, {}, {}, static_cast<int>(node.source().begin.line)};
  if (const auto word = node.value_exact<std::string>()) {
    setting.word = *word;
  } else if (const auto number = node.value<double>(); number && node.is_number()) {
    setting.numbers.push_back(*number);
  } else if (const auto* array = node.as_array()) {
    for (const auto& item : *array) {
      const auto value = item.value<double>();
      if (!value || !item.is_number()) return std::nullopt;
      setting.numbers.push_back(*value);
    }
  } else {
    return std::nullopt;
  }
  return setting;
}

// Every leaf of the table under its dotted path.
Result<> flatten(const toml::table& table, const std::string& prefix, std::vector<Setting>& out) {
  for (const auto& [key, node] : table) {
    const std::string path = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      if (const auto flat = flatten(*inner, path, out); !flat) return flat;
    } else if (const auto setting = setting_of(path, node)) {
      out.push_back(*setting);
    } else {
      return error(ErrorCode::kMalformed, "line " + std::to_string(node.source().begin.line) + ": " + path +
                                              ": wants a number, [low, high] or a word");
    }
  }
  return {};
}

Result<> read_faults(const toml::table& root, Scenario& scenario) {
  const auto* faults = root["fault"].as_array();
  if (!root.contains("fault")) return {};
  if (!faults) return error(ErrorCode::kMalformed, "fault: write each as [[fault]]");
  for (const auto& item : *faults) {
    const auto* table = item.as_table();
    if (!table) return error(ErrorCode::kMalformed, "fault: write each as [[fault]]");
    FaultSpec fault;
    fault.line = static_cast<int>(item.source().begin.line);
    std::vector<Setting> settings;
    if (const auto flat = flatten(*table, "fault", settings); !flat) return flat;
    for (const Setting& setting : settings) {
      if (const auto applied = apply_setting(fault, setting); !applied) return applied;
    }
    if (fault.kind.empty()) {
      return error(ErrorCode::kMalformed, "line " + std::to_string(fault.line) + ": a fault needs a kind");
    }
    scenario.faults.push_back(std::move(fault));
  }
  return {};
}

Result<> apply_override(Scenario& scenario, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return error(ErrorCode::kMalformed, "--set wants key=value, not " + text);
  const std::string path = text.substr(0, equals), value = text.substr(equals + 1);
  try {
    const toml::table table = toml::parse("value = " + value);
    const auto setting = setting_of(path, *table.get("value"));
    if (!setting)
      return error(ErrorCode::kMalformed, "--set " + text + ": wants a number, [low, high] or a word");
    Setting given = *setting;
    given.line = 0;
    return apply_setting(scenario, given);
  } catch (const toml::parse_error&) {
    // A bare word, as shells make it awkward to quote.
    return apply_setting(scenario, {path, {}, value, 0});
  }
}

}  // namespace

Result<Scenario> read_scenario(const std::string& path, const std::vector<std::string>& overrides) {
  Scenario scenario;
  scenario.name = path.substr(path.rfind('/') + 1);
  try {
    toml::table root = toml::parse_file(path);
    if (const auto faults = read_faults(root, scenario); !faults) {
      return error(faults.error().code, path + ": " + faults.error().message);
    }
    root.erase("fault");
    std::vector<Setting> settings;
    auto flat = flatten(root, "", settings);
    for (size_t i = 0; flat && i < settings.size(); ++i) flat = apply_setting(scenario, settings[i]);
    if (!flat) return error(flat.error().code, path + ": " + flat.error().message);
  } catch (const toml::parse_error& e) {
    return broken(path, e);
  }
  for (const std::string& text : overrides) {
    if (const auto applied = apply_override(scenario, text); !applied)
      return std::unexpected(applied.error());
  }
  return scenario;
}

}  // namespace tutti::sim
