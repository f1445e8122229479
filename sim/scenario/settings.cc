#include "sim/scenario/settings.h"

#include <algorithm>

#include "sim/checkers/checker_registry.h"
#include "sim/scenario/read_setting.h"
#include "sim/scenario/toml_values.h"
#include "storage/base/toml_text.h"

namespace tutti::sim {
namespace {

Result<> read_off(Scenario& s, const Setting& setting) {
  if (!setting.numbers.empty()) return wrong(setting, "wants a list of checkers, [\"state\", \"log\"]");
  for (const std::string& name : setting.words) {
    if (!is_checker(name))
      return wrong(setting, "no checker is called " + name + "; there are " + checker_names());
  }
  s.checks.off = setting.words;
  return {};
}

// --- the table ---

template <class Part, class Owner>
SettingSpec range(std::string path, Part Scenario::*part, Range Owner::*member, Bounds bounds = kAny) {
  return {std::move(path),
          [=](Scenario& s, const Setting& setting) { return read_range(s.*part.*member, setting, bounds); },
          [=](const Scenario& s) { return toml_range(s.*part.*member); },
          [=](Scenario& s) { return &(s.*part.*member); }, bounds.whole};
}
template <class Part>
SettingSpec single(std::string path, Part Scenario::*part, double Part::*member, Bounds bounds = kAny) {
  return {std::move(path),
          [=](Scenario& s, const Setting& setting) { return read_number(s.*part.*member, setting, bounds); },
          [=](const Scenario& s) { return toml_number(s.*part.*member); }};
}
// One of two words; the second is `true`.
template <class Get>
SettingSpec choice(std::string path, Get get, const std::string& no, const std::string& yes) {
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
         const auto read = read_number(seed, setting, count(0, 9e15));
         if (read) s.seed = static_cast<uint64_t>(seed);
         return read;
       },
       [](const Scenario& s) { return s.seed ? std::to_string(*s.seed) : ""; }},
      choice(
          "swarm", [](Scenario& s) -> bool& { return s.swarm; }, "no", "yes"),
      range("cluster.nodes", cluster, &C::nodes, count(1, kNodesMax)),
      range("cluster.spares", cluster, &C::spares, count(0, kNodesMax)),
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
      range("cluster.sync_ms", cluster, &C::sync_ms, kWorkMilliseconds),
      range("cluster.merge_ms", cluster, &C::merge_ms, kWorkMilliseconds),
      range("cluster.memory_misses", cluster, &C::memory_misses, kShare),
      range("cluster.row_checks", cluster, &C::row_checks, kShare),
      {"cluster.sizes",
       [](Scenario& s, const Setting& setting) -> Result<> {
         bool small = false;
         if (const auto read = read_choice(small, setting, "shipped", "small"); !read) return read;
         s.sizes() = small ? Scenario::small_sizes() : Scenario::Sizes{};
         return {};
       },
       [](const Scenario& s) { return toml_text(s.cluster.small ? "small" : "shipped"); }},
      range("cluster.table_bytes_max", cluster, &C::table_bytes_max, count(1024, 1e12)),
      range("cluster.merge_log_bytes", cluster, &C::merge_log_bytes, count(256, 1e12)),
      range("cluster.log_bytes_keep", cluster, &C::log_bytes_keep, count(1, 1e12)),
      range("cluster.log_sample_records", cluster, &C::log_sample_records, count(1, 1e9)),
      range("cluster.log_bytes_hard_max", cluster, &C::log_bytes_hard_max, count(1, 1e15)),
      range("cluster.waiting_operations_max", cluster, &C::waiting_operations_max, count(1, 1e9)),
      range("cluster.waiting_bytes_max", cluster, &C::waiting_bytes_max, count(1, 1e12)),
      range("cluster.push_backlog_bytes_max", cluster, &C::push_backlog_bytes_max, count(1, 1e12)),
      range("cluster.pull_chunk_bytes", cluster, &C::pull_chunk_bytes, count(1, 1e9)),
      range("cluster.probe_period_ms", cluster, &C::probe_period_ms, {1, 1e6}),
      range("cluster.clock_base_entries", cluster, &C::clock_base_entries, count(0, 1e6)),
      range("cluster.clock_grace_ms", cluster, &C::clock_grace_ms, {0, 1e6}),
      range("cluster.pull_timeout_ms", cluster, &C::pull_timeout_ms, {1, 1e6}),
      range("cluster.mesh_members_max", cluster, &C::mesh_members_max, count(0, 1e6)),
      range("cluster.neighbours", cluster, &C::neighbours, count(1, 1000)),
      range("cluster.transfer_timeout_ms", cluster, &C::transfer_timeout_ms, {1, 1e6}),
      range("cluster.transfer_idle_ms", cluster, &C::transfer_idle_ms, {1, 1e6}),
      range("cluster.transfer_page_bytes", cluster, &C::transfer_page_bytes, count(1, 1e9)),
      range("cluster.transfer_rows_bytes", cluster, &C::transfer_rows_bytes, count(1, 1e9)),
      range("cluster.transfer_deletes_max", cluster, &C::transfer_deletes_max, count(0, 1e15)),
      range("cluster.transfer_rows_per_ask", cluster, &C::transfer_rows_per_ask, count(1, 1e6)),
      range("cluster.transfer_cache_bytes_max", cluster, &C::transfer_cache_bytes_max, count(0, 1e12)),
      range("network.latency_ms", network, &N::latency_ms, kMilliseconds),
      choice(
          "network.latency", [](Scenario& s) -> bool& { return s.network.tail; }, "uniform", "exponential"),
      range("network.link_ms", network, &N::link_ms, kMilliseconds),
      range("network.loss", network, &N::loss, kShare),
      range("network.duplicate", network, &N::duplicate, kShare),
      range("network.reorder", network, &N::reorder, kShare),
      single("network.reorder_ms", network, &N::reorder_ms, kMilliseconds),
      single("network.bytes_per_second", network, &N::bytes_per_second, kBytesPerSecond),
      single("network.stream_timeout_ms", network, &N::stream_timeout_ms, {100, 1e9}),
      single("network.salt", network, &N::salt, count(0, 1e12)),
      range("workload.clients", workload, &W::clients, count(0, kClientsMax)),
      range("workload.writes_per_second", workload, &W::writes_per_second, kPerSecond),
      range("workload.keys", workload, &W::keys, count(1, 1e6)),
      single("workload.keys_large", workload, &W::keys_large, count(1, 1e9)),
      single("workload.writers", workload, &W::writers, count(0, kNodesMax)),
      range("workload.seconds", workload, &W::seconds, kSeconds),
      range("workload.expiry_ms", workload, &W::expiry_ms, {1, 1e9}),
      single("workload.value_bytes", workload, &W::value_bytes, count(0, 1e6)),
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
      single("checks.replies", checks, &K::replies, kShare),
      single("checks.grace", checks, &K::grace, kShare),
      single("checks.late", checks, &K::late, kShare),
      single("checks.rerun", checks, &K::rerun, kShare),
      single("checks.probes_per_second", checks, &K::probes_per_second, kPerSecond),
      single("checks.heal_seconds", checks, &K::heal_seconds, {1, 1e6}),
      single("checks.audit_nodes", checks, &K::audit_nodes, count(0, kNodesMax)),
      single("checks.full_every_s", checks, &K::full_every_s, {0.001, 1e6}),
  };
}

std::string names() {
  std::string text;
  for (const SettingSpec& spec : setting_specs()) text += (text.empty() ? "" : ", ") + spec.path;
  return text;
}

}  // namespace

const std::vector<SettingSpec>& setting_specs() {
  static const std::vector<SettingSpec> specs = make_specs();
  return specs;
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

Result<> apply_settings(Scenario& scenario, const std::vector<Setting>& settings) {
  for (const bool sizes : {true, false}) {
    for (const Setting& setting : settings) {
      if ((setting.path == "cluster.sizes") != sizes) continue;
      if (const auto applied = apply_setting(scenario, setting); !applied) return applied;
    }
  }
  return {};
}

}  // namespace tutti::sim
