#include "sim/scenario/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/checkers/checker_registry.h"
#include "sim/faults/fault.h"
#include "sim/network/link_map.h"
#include "storage/base/toml_text.h"

namespace tutti::sim {
namespace {

struct Bounds {
  double low, high;
};
constexpr Bounds kShare{0, 1};
constexpr Bounds kAny{0, 1e12};
constexpr Bounds kSeconds{0, 1e9};        // 30 years
constexpr Bounds kMilliseconds{0, 1e11};  // 3 years
constexpr Bounds kPerSecond{0, 1e6};

std::unexpected<Error> wrong(const Setting& setting, const std::string& why) {
  const std::string where = setting.line > 0 ? "line " + std::to_string(setting.line) + ": " : "";
  return error(ErrorCode::kMalformed, where + setting.path + ": " + why);
}

// --- reading one value ---

Result<> read_range(Range& range, const Setting& setting, Bounds bounds) {
  if (setting.numbers.empty() || setting.numbers.size() > 2)
    return wrong(setting, "wants a number, or [low, high]");
  const Range read{setting.numbers.front(), setting.numbers.back()};
  if (std::ranges::any_of(setting.numbers, [](double n) { return !std::isfinite(n); }))
    return wrong(setting, "wants finite numbers");
  if (read.low > read.high) return wrong(setting, "the low end is above the high one");
  if (read.low < bounds.low || read.high > bounds.high) {
    return wrong(setting, "must lie within " + toml_number(bounds.low) + " and " + toml_number(bounds.high));
  }
  range = read;
  return {};
}

Result<> read_number(double& value, const Setting& setting, Bounds bounds) {
  if (setting.numbers.size() != 1) return wrong(setting, "wants one number");
  Range range;
  if (const auto read = read_range(range, setting, bounds); !read) return read;
  value = range.low;
  return {};
}

Result<> read_index(size_t& value, const Setting& setting) {
  double number = 0;
  const auto read = read_number(number, setting, {0, 1e6});
  if (read) value = static_cast<size_t>(number);
  return read;
}

Result<> read_word(std::string& word, const Setting& setting) {
  if (setting.words.size() != 1 || setting.listed) return wrong(setting, "wants one word");
  word = setting.words.front();
  return {};
}

// As hex in quotes: TOML's numbers end at 63 bits.
Result<> read_draw(std::optional<uint64_t>& draw, const Setting& setting) {
  std::string word;
  if (const auto read = read_word(word, setting); !read) return read;
  uint64_t value = 0;
  const char* end = word.data() + word.size();
  const auto [read, ec] = std::from_chars(word.data(), end, value, 16);
  if (ec != std::errc() || read != end) return wrong(setting, "wants up to 16 hexadecimal digits, in quotes");
  draw = value;
  return {};
}

Result<> read_choice(bool& second, const Setting& setting, std::string_view no, std::string_view yes) {
  if (setting.words.size() != 1 || (setting.words[0] != no && setting.words[0] != yes)) {
    return wrong(setting, "wants \"" + std::string(no) + "\" or \"" + std::string(yes) + "\"");
  }
  second = setting.words[0] == yes;
  return {};
}

Result<> read_off(Scenario& s, const Setting& setting) {
  if (!setting.numbers.empty()) return wrong(setting, "wants a list of checkers, [\"state\", \"log\"]");
  for (const std::string& name : setting.words) {
    if (!is_checker(name))
      return wrong(setting, "no checker is called " + name + "; there are " + checker_names());
  }
  s.checks.off = setting.words;
  return {};
}

std::string toml_texts(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + toml_text(word);
  return "[" + list + "]";
}

// --- the table ---

template <class Part>
SettingSpec range(std::string path, Part Scenario::*part, Range Part::*member, Bounds bounds = kAny) {
  return {std::move(path),
          [=](Scenario& s, const Setting& setting) { return read_range(s.*part.*member, setting, bounds); },
          [=](const Scenario& s) { return toml_range(s.*part.*member); },
          [=](Scenario& s) { return &(s.*part.*member); }};
}
template <class Part>
SettingSpec single(std::string path, Part Scenario::*part, double Part::*member, Bounds bounds = kAny) {
  return {std::move(path),
          [=](Scenario& s, const Setting& setting) { return read_number(s.*part.*member, setting, bounds); },
          [=](const Scenario& s) { return toml_number(s.*part.*member); }};
}
// One of two words; the second is `true`.
template <class Get>
SettingSpec choice(std::string path, Get get, std::string no, std::string yes) {
  return {std::move(path),
          [=](Scenario& s, const Setting& setting) { return read_choice(get(s), setting, no, yes); },
          [=](const Scenario& s) { return toml_text(get(const_cast<Scenario&>(s)) ? yes : no); }};
}

std::vector<SettingSpec> make_specs() {
  using C = Scenario::Cluster;
  using N = Scenario::NetworkSettings;
  using W = Scenario::WorkloadSettings;
  using K = Scenario::Checks;
  const auto cluster = &Scenario::cluster;
  const auto network = &Scenario::network;
  const auto workload = &Scenario::workload;
  const auto checks = &Scenario::checks;
  return {
      {"name", [](Scenario& s, const Setting& setting) { return read_word(s.name, setting); },
       [](const Scenario& s) { return toml_text(s.name); }},
      {"seed",
       [](Scenario& s, const Setting& setting) {
         double seed = 0;
         const auto read = read_number(seed, setting, {0, 9e15});
         if (read) s.seed = static_cast<uint64_t>(seed);
         return read;
       },
       [](const Scenario& s) { return s.seed ? std::to_string(*s.seed) : ""; }},
      choice(
          "swarm", [](Scenario& s) -> bool& { return s.swarm; }, "no", "yes"),
      range("cluster.nodes", cluster, &C::nodes, {1, 20000}),
      range("cluster.spares", cluster, &C::spares, {0, 10000}),
      {"cluster.durability",
       [](Scenario& s, const Setting& setting) -> Result<> {
         bool interval = false;
         if (const auto read = read_choice(interval, setting, "always", "interval"); !read) return read;
         s.cluster.durability = interval ? Durability::kInterval : Durability::kAlways;
         return {};
       },
       [](const Scenario& s) {
         return toml_text(s.cluster.durability == Durability::kInterval ? "interval" : "always");
       }},
      choice(
          "cluster.cipher", [](Scenario& s) -> bool& { return s.cluster.noise; }, "none", "noise"),
      range("cluster.wall_skew_ms", cluster, &C::wall_skew_ms, kMilliseconds),
      range("cluster.sync_ms", cluster, &C::sync_ms, kMilliseconds),
      range("cluster.merge_ms", cluster, &C::merge_ms, kMilliseconds),
      range("cluster.row_checks", cluster, &C::row_checks, kShare),
      range("cluster.table_bytes_max", cluster, &C::table_bytes_max, {1024, 1e12}),
      range("cluster.merge_log_bytes", cluster, &C::merge_log_bytes, {256, 1e12}),
      range("cluster.log_bytes_keep", cluster, &C::log_bytes_keep, {1, 1e12}),
      range("cluster.log_sample_records", cluster, &C::log_sample_records, {1, 1e9}),
      range("cluster.log_bytes_hard_max", cluster, &C::log_bytes_hard_max, {1, 1e15}),
      range("cluster.waiting_operations_max", cluster, &C::waiting_operations_max, {1, 1e9}),
      range("cluster.waiting_bytes_max", cluster, &C::waiting_bytes_max, {1, 1e12}),
      range("cluster.push_backlog_bytes_max", cluster, &C::push_backlog_bytes_max, {1, 1e12}),
      range("cluster.pull_chunk_bytes", cluster, &C::pull_chunk_bytes, {1, 1e9}),
      range("cluster.probe_period_ms", cluster, &C::probe_period_ms, {1, 1e6}),
      range("cluster.clock_grace_ms", cluster, &C::clock_grace_ms, {0, 1e6}),
      range("cluster.pull_timeout_ms", cluster, &C::pull_timeout_ms, {1, 1e6}),
      range("cluster.mesh_members_max", cluster, &C::mesh_members_max, {0, 1e6}),
      range("cluster.neighbours", cluster, &C::neighbours, {1, 1000}),
      range("cluster.transfer_timeout_ms", cluster, &C::transfer_timeout_ms, {1, 1e6}),
      range("cluster.transfer_page_bytes", cluster, &C::transfer_page_bytes, {1, 1e9}),
      range("cluster.transfer_rows_bytes", cluster, &C::transfer_rows_bytes, {1, 1e9}),
      range("cluster.transfer_rows_per_ask", cluster, &C::transfer_rows_per_ask, {1, 1e6}),
      range("cluster.transfer_cache_bytes_max", cluster, &C::transfer_cache_bytes_max, {0, 1e12}),
      range("network.latency_ms", network, &N::latency_ms, kMilliseconds),
      choice(
          "network.latency", [](Scenario& s) -> bool& { return s.network.tail; }, "uniform", "exponential"),
      range("network.link_ms", network, &N::link_ms, kMilliseconds),
      range("network.loss", network, &N::loss, kShare),
      range("network.duplicate", network, &N::duplicate, kShare),
      range("network.reorder", network, &N::reorder, kShare),
      single("network.reorder_ms", network, &N::reorder_ms, kMilliseconds),
      single("network.bytes_per_second", network, &N::bytes_per_second),
      single("network.stream_timeout_ms", network, &N::stream_timeout_ms, {100, 1e9}),
      single("network.salt", network, &N::salt),
      range("workload.clients", workload, &W::clients, kPerSecond),
      range("workload.writes_per_second", workload, &W::writes_per_second, kPerSecond),
      range("workload.keys", workload, &W::keys, {1, 1e6}),
      single("workload.keys_large", workload, &W::keys_large, {1, 1e9}),
      single("workload.writers", workload, &W::writers, {0, 20000}),
      range("workload.seconds", workload, &W::seconds, {0, 1e9}),
      range("workload.registers", workload, &W::registers),
      range("workload.expiries", workload, &W::expiries),
      range("workload.deletes", workload, &W::deletes),
      range("workload.counters", workload, &W::counters),
      range("workload.hashes", workload, &W::hashes),
      range("workload.sets", workload, &W::sets),
      range("workload.transactions", workload, &W::transactions),
      range("workload.reads", workload, &W::reads),
      range("workload.flushes", workload, &W::flushes),
      range("workload.contexts", workload, &W::contexts, kShare),
      {"checks.off", read_off, [](const Scenario& s) { return toml_texts(s.checks.off); }},
      single("checks.rounds_per_doubling", checks, &K::rounds_per_doubling, {0, 1e6}),
      single("checks.rounds_besides", checks, &K::rounds_besides, {0, 1e9}),
      single("checks.bytes_factor", checks, &K::bytes_factor, {0, 1e9}),
      single("checks.bytes_besides", checks, &K::bytes_besides),
      single("checks.bytes_idle_per_s", checks, &K::bytes_idle_per_s),
      single("checks.rerun", checks, &K::rerun, kShare),
      single("checks.probes_per_second", checks, &K::probes_per_second, {0, 1e6}),
      single("checks.heal_seconds", checks, &K::heal_seconds, {1, 1e6}),
      single("checks.audit_nodes", checks, &K::audit_nodes, {0, 20000}),
      single("checks.full_every_s", checks, &K::full_every_s, {0.001, 1e6}),
  };
}

std::string names() {
  std::string text;
  for (const SettingSpec& spec : setting_specs()) text += (text.empty() ? "" : ", ") + spec.path;
  return text;
}

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
  if (name == "latency_ms") return take(link.latency_ms, kAny);
  if (name == "loss") return take(link.loss, kShare);
  if (name == "duplicate") return take(link.duplicate, kShare);
  if (name == "reorder") return take(link.reorder, kShare);
  if (name == "latency") {
    return read_into(link.tail,
                     [&](bool& into) { return read_choice(into, setting, "uniform", "exponential"); });
  }
  if (name == "bytes_per_second") {
    return read_into(link.bytes_per_second, [&](double& into) { return read_number(into, setting, kAny); });
  }
  return std::nullopt;
}
constexpr std::string_view kLinkSettings = "latency_ms, latency, loss, duplicate, reorder, bytes_per_second";

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }

}  // namespace

const std::vector<SettingSpec>& setting_specs() {
  static const std::vector<SettingSpec> specs = make_specs();
  return specs;
}

Result<> apply_setting(RegionSpec& region, const Setting& setting) {
  const std::string name = last_part(setting.path);
  if (name == "name") return read_word(region.name, setting);
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
  for (const Setting& setting : theme.settings) {
    if (const auto applied = apply_setting(scenario, setting); !applied) return applied;
  }
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
    const auto read = read_number(target, setting, {0, 20000});
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
  if (name == "node") return read_index(command.node, setting);
  if (name == "client") return read_index(command.client, setting);
  if (name == "words") {
    if (setting.words.empty()) return wrong(setting, "wants a list of words, [\"SET\", \"k\", \"v\"]");
    command.words = setting.words;
    return {};
  }
  return wrong(setting, "unknown setting; a command has at_s, node, client, words");
}

Result<> apply_setting(Scenario& scenario, const Setting& setting) {
  constexpr std::string_view kFault = "fault.";
  if (setting.path.starts_with(kFault)) {
    const std::string kind = setting.path.substr(kFault.size(), setting.path.rfind('.') - kFault.size());
    bool any = false;
    for (FaultSpec& fault : scenario.faults) {
      if (fault.kind != kind) continue;
      any = true;
      if (const auto read = apply_setting(fault, setting); !read) return read;
    }
    if (!any) return wrong(setting, "the scenario has no fault of kind " + kind);
    return {};
  }
  const auto spec = std::ranges::find(setting_specs(), setting.path, &SettingSpec::path);
  if (spec == setting_specs().end()) return wrong(setting, "unknown setting; there are " + names());
  return spec->read(scenario, setting);
}

// --- TOML values ---

std::string toml_number(double value) {
  char digits[32];
  const auto [end, ec] = std::to_chars(std::begin(digits), std::end(digits), value);
  return std::string(digits, end);
}

std::string toml_range(const Range& range) {
  if (range.low == range.high) return toml_number(range.low);
  return "[" + toml_number(range.low) + ", " + toml_number(range.high) + "]";
}

}  // namespace tutti::sim
