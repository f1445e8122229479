#include <sstream>

#include "sim/scenario/scenario_file.h"
#include "sim/scenario/settings.h"
#include "sim/scenario/toml_values.h"
#include "storage/base/toml_text.h"
#include "storage/crypto/text_encoding.h"

namespace tutti::sim {
namespace {

std::string line(std::string_view name, const std::string& value) {
  return std::string(name) + " = " + value + "\n";
}

std::string write_link_settings(const LinkSettings& link) {
  std::string text;
  if (link.latency_ms) text += line("latency_ms", toml_range(*link.latency_ms));
  if (link.tail) text += line("latency", toml_text(*link.tail ? "exponential" : "uniform"));
  if (link.loss) text += line("loss", toml_range(*link.loss));
  if (link.duplicate) text += line("duplicate", toml_range(*link.duplicate));
  if (link.reorder) text += line("reorder", toml_range(*link.reorder));
  if (link.bytes_per_second) text += line("bytes_per_second", toml_number(*link.bytes_per_second));
  return text;
}

std::string write_region(const RegionSpec& region) {
  return "\n[[region]]\n" + line("name", toml_text(region.name)) + line("share", toml_number(region.share)) +
         write_link_settings(region.inside);
}

std::string write_link(const LinkSpec& link) {
  std::string text = "\n[[link]]\n" + line("from", toml_text(link.from)) + line("to", toml_text(link.to));
  if (link.one_way) text += line("one_way", "true");
  return text + write_link_settings(link.settings);
}

std::string write_expect(const ExpectSpec& expect) {
  std::string text = "\n[[expect]]\n" + line("metric", toml_text(expect.metric));
  if (expect.below) text += line("below", toml_number(*expect.below));
  if (expect.above) text += line("above", toml_number(*expect.above));
  return text;
}

std::string write_fault(const FaultSpec& fault) {
  std::string text = "\n[[fault]]\n" + line("kind", toml_text(fault.kind));
  text +=
      fault.at_s >= 0 ? line("at_s", toml_number(fault.at_s)) : line("every_s", toml_range(fault.every_s));
  text += line("for_s", toml_range(fault.for_s));
  if (fault.target >= 0) text += line("target", std::to_string(fault.target));
  if (fault.amount.low != 0 || fault.amount.high != 0) text += line("amount", toml_range(fault.amount));
  if (fault.draw) text += line("draw", toml_text(to_hex(*fault.draw)));
  return text;
}

std::string write_setting(const Setting& setting) {
  std::string values;
  const auto add = [&](const std::string& value) { values += (values.empty() ? "" : ", ") + value; };
  for (const double number : setting.numbers) add(toml_number(number));
  for (const std::string& word : setting.words) add(toml_text(word));
  return line(setting.path, setting.listed ? "[" + values + "]" : values);
}

std::string write_theme(const ThemeSpec& theme) {
  std::string text =
      "\n[[theme]]\n" + line("name", toml_text(theme.name)) + line("share", toml_number(theme.share));
  if (theme.faults) text += write_setting({"faults", {}, *theme.faults, true, 0});
  for (const Setting& setting : theme.settings) text += write_setting(setting);
  return text;
}

std::string write_command(const CommandSpec& command) {
  return "\n[[command]]\n" + line("at_s", toml_number(command.at_s)) +
         line("node", std::to_string(command.node)) + line("client", std::to_string(command.client)) +
         line("words", toml_texts(command.words));
}

}  // namespace

std::string write_scenario(const Scenario& scenario, const std::string& comment) {
  std::string text;
  for (size_t at = 0; at < comment.size();) {
    const size_t end = std::min(comment.find('\n', at), comment.size());
    text += "# " + comment.substr(at, end - at) + "\n";
    at = end + 1;
  }
  std::string section;
  for (const SettingSpec& spec : setting_specs()) {
    const std::string value = spec.write(scenario);
    if (value.empty()) continue;
    const size_t dot = spec.path.find('.');
    if (dot != std::string::npos && spec.path.substr(0, dot) != section) {
      section = spec.path.substr(0, dot);
      text += "\n[" + section + "]\n";
    }
    text += line(dot == std::string::npos ? spec.path : spec.path.substr(dot + 1), value);
  }
  for (const RegionSpec& region : scenario.regions) text += write_region(region);
  for (const LinkSpec& link : scenario.links) text += write_link(link);
  for (const FaultSpec& fault : scenario.faults) text += write_fault(fault);
  for (const ThemeSpec& theme : scenario.themes) text += write_theme(theme);
  for (const ExpectSpec& expect : scenario.expects) text += write_expect(expect);
  for (const CommandSpec& command : scenario.commands) text += write_command(command);
  return text;
}

std::vector<std::string> configuration_of(const Scenario& scenario) {
  std::vector<std::string> lines;
  std::istringstream text(write_scenario(scenario, ""));
  std::string section;
  for (std::string line; std::getline(text, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("[[")) section.clear();
    if (line.starts_with('[') && !line.starts_with("[[")) {
      section = line.substr(1, line.size() - 2) + ".";
    } else {
      lines.push_back(section + line);
    }
  }
  return lines;
}

}  // namespace tutti::sim
