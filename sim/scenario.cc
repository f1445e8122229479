#include "sim/scenario.h"

#include <functional>
#include <map>

#include "sim/fault.h"

namespace tutti::sim {
namespace {

struct Bounds {
  double low, high;
};
constexpr Bounds kShare{0, 1};
constexpr Bounds kAny{0, 1e12};

std::unexpected<Error> wrong(const Setting& setting, const std::string& why) {
  const std::string where = setting.line > 0 ? "line " + std::to_string(setting.line) + ": " : "";
  return error(ErrorCode::kMalformed, where + setting.path + ": " + why);
}

std::string number(double value) {
  std::string text = std::to_string(value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

Result<> read_range(Range& range, const Setting& setting, Bounds bounds) {
  if (setting.numbers.empty() || setting.numbers.size() > 2)
    return wrong(setting, "wants a number, or [low, high]");
  const Range read{setting.numbers.front(), setting.numbers.back()};
  if (read.low > read.high) return wrong(setting, "the low end is above the high one");
  if (read.low < bounds.low || read.high > bounds.high) {
    return wrong(setting, "must lie within " + number(bounds.low) + " and " + number(bounds.high));
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

Result<> read_choice(bool& second, const Setting& setting, std::string_view no, std::string_view yes) {
  if (setting.word != no && setting.word != yes) {
    return wrong(setting, "wants \"" + std::string(no) + "\" or \"" + std::string(yes) + "\"");
  }
  second = setting.word == yes;
  return {};
}

using Reader = std::function<Result<>(Scenario&, const Setting&)>;

template <class Part>
Reader range(Part Scenario::*part, Range Part::*member, Bounds bounds = kAny) {
  return [=](Scenario& s, const Setting& setting) { return read_range(s.*part.*member, setting, bounds); };
}
template <class Part>
Reader single(Part Scenario::*part, double Part::*member, Bounds bounds = kAny) {
  return [=](Scenario& s, const Setting& setting) { return read_number(s.*part.*member, setting, bounds); };
}

const std::map<std::string, Reader, std::less<>>& readers() {
  using C = Scenario::Cluster;
  using N = Scenario::NetworkSettings;
  using W = Scenario::WorkloadSettings;
  using K = Scenario::Checks;
  static const std::map<std::string, Reader, std::less<>> all = {
      {"cluster.nodes", range(&Scenario::cluster, &C::nodes, {1, 1000})},
      {"cluster.durability",
       [](Scenario& s, const Setting& setting) -> Result<> {
         bool interval = false;
         if (const auto read = read_choice(interval, setting, "always", "interval"); !read) return read;
         s.cluster.durability = interval ? Durability::kInterval : Durability::kAlways;
         return {};
       }},
      {"cluster.cipher",
       [](Scenario& s, const Setting& setting) {
         return read_choice(s.cluster.noise, setting, "none", "noise");
       }},
      {"cluster.wall_skew_ms", range(&Scenario::cluster, &C::wall_skew_ms)},
      {"cluster.sync_ms", range(&Scenario::cluster, &C::sync_ms)},
      {"cluster.merge_ms", range(&Scenario::cluster, &C::merge_ms)},
      {"cluster.row_checks", range(&Scenario::cluster, &C::row_checks, kShare)},
      {"cluster.table_bytes_max", range(&Scenario::cluster, &C::table_bytes_max, {1024, 1e12})},
      {"cluster.merge_log_bytes", range(&Scenario::cluster, &C::merge_log_bytes, {256, 1e12})},
      {"cluster.log_bytes_keep", range(&Scenario::cluster, &C::log_bytes_keep, {1, 1e12})},
      {"cluster.log_sample_records", range(&Scenario::cluster, &C::log_sample_records, {1, 1e9})},
      {"cluster.log_bytes_hard_max", range(&Scenario::cluster, &C::log_bytes_hard_max, {1, 1e15})},
      {"cluster.waiting_operations_max", range(&Scenario::cluster, &C::waiting_operations_max, {1, 1e9})},
      {"cluster.push_backlog_bytes_max", range(&Scenario::cluster, &C::push_backlog_bytes_max, {1, 1e12})},
      {"cluster.pull_chunk_bytes", range(&Scenario::cluster, &C::pull_chunk_bytes, {1, 1e9})},
      {"cluster.probe_period_ms", range(&Scenario::cluster, &C::probe_period_ms, {1, 1e6})},
      {"cluster.clock_grace_ms", range(&Scenario::cluster, &C::clock_grace_ms, {0, 1e6})},
      {"cluster.pull_timeout_ms", range(&Scenario::cluster, &C::pull_timeout_ms, {1, 1e6})},
      {"cluster.transfer_timeout_ms", range(&Scenario::cluster, &C::transfer_timeout_ms, {1, 1e6})},
      {"cluster.transfer_page_bytes", range(&Scenario::cluster, &C::transfer_page_bytes, {1, 1e9})},
      {"cluster.transfer_rows_bytes", range(&Scenario::cluster, &C::transfer_rows_bytes, {1, 1e9})},
      {"cluster.transfer_rows_per_ask", range(&Scenario::cluster, &C::transfer_rows_per_ask, {1, 1e6})},
      {"network.latency_ms", range(&Scenario::network, &N::latency_ms)},
      {"network.link_ms", range(&Scenario::network, &N::link_ms)},
      {"network.loss", range(&Scenario::network, &N::loss, kShare)},
      {"network.duplicate", range(&Scenario::network, &N::duplicate, kShare)},
      {"network.reorder", range(&Scenario::network, &N::reorder, kShare)},
      {"network.reorder_ms", single(&Scenario::network, &N::reorder_ms)},
      {"network.bytes_per_second", single(&Scenario::network, &N::bytes_per_second)},
      {"network.stream_timeout_ms", single(&Scenario::network, &N::stream_timeout_ms, {100, 1e9})},
      {"workload.clients", range(&Scenario::workload, &W::clients)},
      {"workload.writes_per_second", range(&Scenario::workload, &W::writes_per_second)},
      {"workload.keys", range(&Scenario::workload, &W::keys, {1, 1e6})},
      {"workload.keys_large", single(&Scenario::workload, &W::keys_large, {1, 1e9})},
      {"workload.seconds", range(&Scenario::workload, &W::seconds, {0, 1e6})},
      {"checks.heal_seconds", single(&Scenario::checks, &K::heal_seconds, {1, 1e6})},
      {"checks.full_every_s", single(&Scenario::checks, &K::full_every_s, {0.001, 1e6})},
  };
  return all;
}

template <class Map>
std::string names(const Map& map) {
  std::string text;
  for (const auto& entry : map) text += (text.empty() ? "" : ", ") + entry.first;
  return text;
}

}  // namespace

Result<> apply_setting(FaultSpec& fault, const Setting& setting) {
  const std::string name = setting.path.substr(setting.path.rfind('.') + 1);
  double target = -1;
  if (name == "at_s") return read_number(fault.at_s, setting, kAny);
  if (name == "every_s") return read_range(fault.every_s, setting, kAny);
  if (name == "for_s") return read_range(fault.for_s, setting, kAny);
  if (name == "amount") return read_range(fault.amount, setting, kAny);
  if (name == "target") {
    const auto read = read_number(target, setting, {0, 1000});
    if (read) fault.target = static_cast<int>(target);
    return read;
  }
  if (name == "kind") {
    if (!find_fault_kind(setting.word))
      return wrong(setting, "no fault is called " + setting.word + "; there are " + fault_kind_names());
    fault.kind = setting.word;
    return {};
  }
  return wrong(setting, "unknown setting; a fault has kind, at_s, every_s, for_s, target, amount");
}

Result<> apply_setting(Scenario& scenario, const Setting& setting) {
  if (setting.path == "name") {
    scenario.name = setting.word;
    return {};
  }
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
  const auto reader = readers().find(setting.path);
  if (reader == readers().end()) return wrong(setting, "unknown setting; there are " + names(readers()));
  return reader->second(scenario, setting);
}

}  // namespace tutti::sim
