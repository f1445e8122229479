#include <toml++/toml.h>

#include <algorithm>
#include <optional>

#include "sim/report/text.h"
#include "sim/scenario/check_together.h"
#include "sim/scenario/key_depth.h"
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/settings.h"

// The only room for toml++.
namespace tutti::sim {
namespace {

// The words around toml++'s own: what, where.
std::unexpected<Error> broken(const std::string& source, const toml::parse_error& e) {
  const std::string line =
      e.source().begin.line > 0 ? "line " + std::to_string(e.source().begin.line) + ": " : "";
  return error(ErrorCode::kMalformed, source + ": " + line + std::string(e.description()));
}

Result<> check_depth(std::string_view text) {
  const auto line = line_of_deep_key(text);
  if (!line) return {};
  return error(ErrorCode::kMalformed, "line " + std::to_string(*line) + ": a key may have " +
                                          std::to_string(kKeyDotsMax) + " dots at most");
}

constexpr std::string_view kWanted = "wants a number, [low, high], a word or a list of words";

// Nothing where the value is of no such kind.
std::optional<Setting> setting_of(const std::string& path, const toml::node& node) {
  Setting setting{path, {}, {}, false, static_cast<int>(node.source().begin.line)};
  const auto take = [&](const toml::node& item) {
    if (const auto word = item.value_exact<std::string>()) {
      setting.words.push_back(*word);
    } else if (const auto yes = item.value_exact<bool>()) {
      setting.words.push_back(*yes ? "yes" : "no");
    } else if (const auto number = item.value<double>(); number && item.is_number()) {
      setting.numbers.push_back(*number);
    } else {
      return false;
    }
    return true;
  };
  const auto* array = node.as_array();
  setting.listed = array != nullptr;
  if (!array) return take(node) ? std::optional(setting) : std::nullopt;
  for (const auto& item : *array) {
    if (!take(item)) return std::nullopt;
  }
  if (!setting.words.empty() && !setting.numbers.empty()) return std::nullopt;
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

// The entries of [[name]], each into an Item by apply_setting().
template <class Item, class Check>
Result<> read_list(toml::table& root, const std::string& name, std::vector<Item>& items, Check complete) {
  if (!root.contains(name)) return {};
  const auto misfit = [&] { return error(ErrorCode::kMalformed, name + ": write each as [[" + name + "]]"); };
  const auto* entries = root[name].as_array();
  if (!entries) return misfit();
  for (const auto& entry : *entries) {
    const auto* table = entry.as_table();
    if (!table) return misfit();
    Item item;
    std::vector<Setting> settings;
    if (const auto flat = flatten(*table, name, settings); !flat) return flat;
    for (const Setting& setting : settings) {
      if (const auto applied = apply_setting(item, setting); !applied) return applied;
    }
    const int line = static_cast<int>(entry.source().begin.line);
    if (const std::string lack = complete(item); !lack.empty())
      return error(ErrorCode::kMalformed, "line " + std::to_string(line) + ": " + lack);
    items.push_back(std::move(item));
  }
  root.erase(name);
  return {};
}

Result<> read_lists(toml::table& root, Scenario& scenario) {
  auto read = read_list(root, "region", scenario.regions,
                        [](const RegionSpec& r) { return r.name.empty() ? "a region needs a name" : ""; });
  const auto then = [&](const char* name, auto& items, auto complete) {
    if (read) read = read_list(root, name, items, complete);
  };
  then("link", scenario.links, [](const LinkSpec& l) {
    return l.from.empty() || l.to.empty() ? "a link needs from and to: regions, nodes (\"n3\") or \"*\"" : "";
  });
  then("fault", scenario.faults,
       [](const FaultSpec& f) { return f.kind.empty() ? "a fault needs a kind" : ""; });
  then("theme", scenario.themes, [](const ThemeSpec& t) {
    return t.name.empty() || t.share <= 0 ? "a theme needs a name and a share above 0" : "";
  });
  then("expect", scenario.expects, [](const ExpectSpec& e) {
    return e.metric.empty() || !(e.below || e.above) ? "an expectation needs a metric, and below or above"
                                                     : "";
  });
  then("command", scenario.commands,
       [](const CommandSpec& c) { return c.words.empty() ? "a command needs words" : ""; });
  return read;
}

// The last word: themes have none on it either.
Result<> override_with(Scenario& scenario, const Setting& setting) {
  for (ThemeSpec& theme : scenario.themes) {
    std::erase_if(theme.settings, [&](const Setting& s) { return s.path == setting.path; });
  }
  return apply_setting(scenario, setting);
}

Result<> apply_override(Scenario& scenario, const std::string& text) {
  if (const auto checked = check_depth(text); !checked)
    return error(ErrorCode::kMalformed, "--set: " + checked.error().message);
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return error(ErrorCode::kMalformed, "--set wants key=value, not " + text);
  const std::string path = text.substr(0, equals), value = text.substr(equals + 1);
  try {
    const toml::table table = toml::parse("value = " + value);
    auto setting = setting_of(path, *table.get("value"));
    if (!setting) return error(ErrorCode::kMalformed, "--set " + text + ": " + std::string(kWanted));
    setting->line = 0;
    return override_with(scenario, *setting);
  } catch (const toml::parse_error&) {
    // A bare word, as shells make it awkward to quote.
    return override_with(scenario, {path, {}, {value}, false, 0});
  }
}

Result<Scenario> fill(toml::table root, const std::string& source,
                      const std::vector<std::string>& overrides) {
  Scenario scenario;
  scenario.name = source.substr(source.rfind('/') + 1);
  auto done = read_lists(root, scenario);
  std::vector<Setting> settings;
  if (done) done = flatten(root, "", settings);
  if (done) done = apply_settings(scenario, settings);
  if (!done) return error(done.error().code, source + ": " + done.error().message);
  for (const std::string& text : overrides) {
    if (const auto applied = apply_override(scenario, text); !applied)
      return std::unexpected(applied.error());
  }
  if (const auto sound = check_together(scenario); !sound)
    return error(sound.error().code, source + ": " + sound.error().message);
  return scenario;
}

}  // namespace

Result<Scenario> read_scenario(const std::string& path, const std::vector<std::string>& overrides) {
  const auto text = read_file(path);
  return text ? parse_scenario(*text, path, overrides) : std::unexpected(text.error());
}

Result<Scenario> parse_scenario(std::string_view text, const std::string& source,
                                const std::vector<std::string>& overrides) {
  if (const auto checked = check_depth(text); !checked)
    return error(checked.error().code, source + ": " + checked.error().message);
  try {
    return fill(toml::parse(text, source), source, overrides);
  } catch (const toml::parse_error& e) {
    return broken(source, e);
  }
}

}  // namespace tutti::sim
