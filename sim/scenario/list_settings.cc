#include <algorithm>

#include "sim/faults/fault.h"
#include "sim/network/link_map.h"
#include "sim/scenario/read_setting.h"
#include "sim/scenario/settings.h"

// The settings of the lists: [[region]], [[link]], [[fault]], [[theme]], [[expect]], [[command]].
namespace tutti::sim {
namespace {

template <class Value, class Read>
Result<> read_into(std::optional<Value>& value, Read read) {
  Value into{};
  const Result<> done = read(into);
  if (done) value = into;
  return done;
}

// Nothing where a link has no such setting.
std::optional<Result<>> read_link(LinkSettings& link, const std::string& name, const Setting& setting) {
  const auto take = [&](std::optional<Range>& range, Bounds bounds) {
    return read_into(range, [&](Range& into) { return read_range(into, setting, bounds); });
  };
  if (name == "latency_ms") return take(link.latency_ms, kMilliseconds);
  if (name == "loss") return take(link.loss, kShare);
  if (name == "duplicate") return take(link.duplicate, kShare);
  if (name == "reorder") return take(link.reorder, kShare);
  if (name == "latency") {
    return read_into(link.tail,
                     [&](bool& into) { return read_choice(into, setting, "uniform", "exponential"); });
  }
  if (name == "bytes_per_second") {
    return read_into(link.bytes_per_second,
                     [&](double& into) { return read_number(into, setting, kBytesPerSecond); });
  }
  return std::nullopt;
}
constexpr std::string_view kLinkSettings = "latency_ms, latency, loss, duplicate, reorder, bytes_per_second";

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }

}  // namespace

Result<> apply_setting(RegionSpec& region, const Setting& setting) {
  const std::string name = last_part(setting.path);
  if (name == "name") {
    region.line = setting.line;
    return read_word(region.name, setting);
  }
  if (name == "share") return read_number(region.share, setting, {0.001, 1e6});
  if (const auto read = read_link(region.inside, name, setting)) return *read;
  return wrong(setting, "unknown setting; a region has name, share, and for its inner links " +
                            std::string(kLinkSettings));
}

Result<> apply_setting(LinkSpec& link, const Setting& setting) {
  const std::string name = last_part(setting.path);
  link.line = setting.line;
  if (name == "from") return read_word(link.from, setting);
  if (name == "to") return read_word(link.to, setting);
  if (name == "one_way") return read_choice(link.one_way, setting, "no", "yes");
  if (const auto read = read_link(link.settings, name, setting)) return *read;
  return wrong(setting, "unknown setting; a link has from, to, one_way, " + std::string(kLinkSettings));
}

Result<> apply_setting(ExpectSpec& expect, const Setting& setting) {
  const std::string name = last_part(setting.path);
  expect.line = setting.line;
  const auto bound = [&](std::optional<double>& value) {
    return read_into(value, [&](double& into) { return read_number(into, setting, {-1e15, 1e15}); });
  };
  if (name == "metric") return read_word(expect.metric, setting);
  if (name == "below") return bound(expect.below);
  if (name == "above") return bound(expect.above);
  return wrong(setting, "unknown setting; an expectation has metric, below, above");
}

Result<> apply_setting(ThemeSpec& theme, const Setting& setting) {
  const std::string name = setting.path.substr(setting.path.find('.') + 1);
  if (name == "name") return read_word(theme.name, setting);
  if (name == "share") return read_number(theme.share, setting, kShare);
  if (name == "faults") {
    for (const std::string& kind : setting.words) {
      if (!find_fault_kind(kind))
        return wrong(setting, "no fault is called " + kind + "; there are " + fault_kind_names());
    }
    theme.faults = setting.words;
    return {};
  }
  theme.settings.push_back(setting);
  theme.settings.back().path = name;
  return {};
}

Result<> apply_theme(Scenario& scenario, const ThemeSpec& theme) {
  if (const auto applied = apply_settings(scenario, theme.settings); !applied) return applied;
  if (theme.faults) {
    std::erase_if(scenario.faults, [&](const FaultSpec& fault) {
      return std::ranges::find(*theme.faults, fault.kind) == theme.faults->end();
    });
  }
  scenario.theme = theme.name;
  return {};
}

Result<> apply_setting(FaultSpec& fault, const Setting& setting) {
  const std::string name = last_part(setting.path);
  double target = -1;
  if (name == "at_s") return read_number(fault.at_s, setting, kSeconds);
  if (name == "every_s") return read_range(fault.every_s, setting, kSeconds);
  if (name == "for_s") return read_range(fault.for_s, setting, kSeconds);
  if (name == "amount") return read_range(fault.amount, setting, kAny);
  if (name == "target") {
    if (setting.words.size() == 1) {
      const auto node = node_of(setting.words[0]);
      if (!node) return wrong(setting, "wants a node, 3 or \"n3\"");
      fault.target = static_cast<int>(*node);
      return {};
    }
    const auto read = read_number(target, setting, count(0, kNodesMax + kNodesMax));
    if (read) fault.target = static_cast<int>(target);
    return read;
  }
  if (name == "draw") return read_draw(fault.draw, setting);
  if (name == "kind") {
    std::string kind;
    if (const auto read = read_word(kind, setting); !read) return read;
    if (!find_fault_kind(kind))
      return wrong(setting, "no fault is called " + kind + "; there are " + fault_kind_names());
    fault.kind = kind;
    return {};
  }
  return wrong(setting, "unknown setting; a fault has kind, at_s, every_s, for_s, target, amount, draw");
}

Result<> apply_setting(CommandSpec& command, const Setting& setting) {
  const std::string name = last_part(setting.path);
  if (name == "at_s") return read_number(command.at_s, setting, kSeconds);
  if (name == "node") return read_index(command.node, setting, kNodesMax + kNodesMax);
  if (name == "client") return read_index(command.client, setting, kClientsMax);
  if (name == "words") {
    if (setting.words.empty()) return wrong(setting, "wants a list of words, [\"SET\", \"k\", \"v\"]");
    command.words = setting.words;
    return {};
  }
  return wrong(setting, "unknown setting; a command has at_s, node, client, words");
}

}  // namespace tutti::sim
