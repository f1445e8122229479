#include <cstdio>

#include "sim/settings.h"

namespace tutti::sim {
namespace {

std::string line(std::string_view name, const std::string& value) {
  return std::string(name) + " = " + value + "\n";
}

std::string write_fault(const FaultSpec& fault) {
  std::string text = "\n[[fault]]\n" + line("kind", toml_text(fault.kind));
  text +=
      fault.at_s >= 0 ? line("at_s", toml_number(fault.at_s)) : line("every_s", toml_range(fault.every_s));
  text += line("for_s", toml_range(fault.for_s));
  if (fault.target >= 0) text += line("target", std::to_string(fault.target));
  if (fault.amount.low != 0 || fault.amount.high != 0) text += line("amount", toml_range(fault.amount));
  if (fault.draw) {
    char hex[17];
    std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(*fault.draw));
    text += line("draw", toml_text(hex));
  }
  return text;
}

std::string write_command(const CommandSpec& command) {
  std::string words;
  for (const std::string& word : command.words) words += (words.empty() ? "" : ", ") + toml_text(word);
  return "\n[[command]]\n" + line("at_s", toml_number(command.at_s)) +
         line("node", std::to_string(command.node)) + line("client", std::to_string(command.client)) +
         line("words", "[" + words + "]");
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
  for (const FaultSpec& fault : scenario.faults) text += write_fault(fault);
  for (const CommandSpec& command : scenario.commands) text += write_command(command);
  return text;
}

}  // namespace tutti::sim
